package dev.mirrorspark.decode;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Tensors;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Draws tokens from logits by the inverse of the cumulative distribution, each at a uniform number
 * of its own: same logits and number, same token.
 *
 * <p>The distribution is summed in two levels: blocks of {@link #BLOCK} tokens in fp32, their sums
 * and then the tokens of one block in fp64. So nothing but the softmax goes over the vocabulary.
 */
final class Sampler implements AutoCloseable {
  private static final int BLOCK = 256;

  /** Elements whose distribution is computed at once on a CPU, so that they stay in its caches. */
  private static final long AT_ONCE = 1 << 18;

  /** Below 1 by more than fp64 rounds, so that no number lies behind the last token. */
  private static final double BELOW_ONE = 1 - 1e-12;

  private final double temperature;
  private final Truncation truncation;
  private final int[] ends;
  private final Tensor logits;
  private final Tensor distributions;
  private final int atOnce;

  /**
   * @param rows rows of logits that are there at most
   * @param ends tokens that {@link Truncation#minTokens} holds back
   */
  Sampler(ModelShape shape, int rows, Sampling sampling, Set<Integer> ends, Tensor like) {
    this.temperature = sampling.temperature();
    this.truncation = sampling.truncation();
    this.ends = ends.stream().mapToInt(i -> i).filter(i -> i < shape.vocab()).sorted().toArray();
    long few = like.is_cuda() ? rows : Math.max(1, AT_ONCE / shape.vocab());
    this.atOnce = (int) Math.min(rows, few);
    try (var scope = new PointerScope()) {
      this.logits = room(rows, shape.vocab(), like);
      this.distributions = room(atOnce, shape.vocab(), like);
    }
  }

  private static Tensor room(long rows, long vocab, Tensor like) {
    Tensor room =
        torch
            .empty(
                new long[] {rows, vocab},
                new TensorOptions(ScalarType.Float),
                new MemoryFormatOptional())
            .to(like.device(), ScalarType.Float);
    room.retainReference();
    return room;
  }

  /**
   * Tokens and their log-probs.
   *
   * @param ids {@code [rows, 1]}, int64
   * @param logprobs under the whole distribution at the temperature, nats {@code [rows, 1]}
   */
  record Picks(Tensor ids, Tensor logprobs) {}

  /** Memory for the logits of so many rows {@code [rows, vocab]}. */
  Tensor room(int rows) {
    return logits.narrow(0, 0, rows);
  }

  /**
   * Draws a token of each row.
   *
   * @param logits {@code [rows, vocab]} in fp32, overwritten
   * @param uniforms a number in [0, 1) for each row
   * @param early whether the row's response is too short to end
   */
  Picks draw(Tensor logits, double[] uniforms, boolean[] early) {
    int rows = uniforms.length;
    Tensor ids = logits.new_zeros(rows, 1).to(ScalarType.Long);
    Tensor logprobs = logits.new_empty(rows, 1);
    Tensor points = Tensors.ofDoubles(uniforms, rows, 1).to(logits.device(), ScalarType.Double);
    boolean all = temperature != 0 && !truncation.unlikely() && !anyOf(early);
    if (all && logits.size(1) > 2 * BLOCK) {
      return inTwoLevels(logits, points);
    }
    for (int from = 0; from < rows; from += atOnce) {
      int count = Math.min(atOnce, rows - from);
      try (var scope = new PointerScope()) {
        Tensor part = logits.narrow(0, from, count);
        if (temperature != 0 && temperature != 1) {
          part.div_(new Scalar(temperature));
        }
        Tensor whole = distributions.narrow(0, 0, count);
        torch.softmax_out(whole, part, 1);
        Tensor open = open(part, whole, early, from);
        Tensor chosen =
            temperature == 0
                ? open.argmax(new LongOptional(1), true)
                : pick(open, points.narrow(0, from, count));
        ids.narrow(0, from, count).copy_(chosen);
        logprobs
            .narrow(0, from, count)
            .copy_(whole.gather(1, chosen).clamp_min_(new Scalar(Float.MIN_NORMAL)).log_());
      }
    }
    return new Picks(ids, logprobs);
  }

  private static boolean anyOf(boolean[] early) {
    boolean any = false;
    for (boolean one : early) {
      any |= one;
    }
    return any;
  }

  /** A block of each row by its share of the distribution, then a token of it. */
  private Picks inTwoLevels(Tensor logits, Tensor points) {
    int rows = (int) logits.size(0);
    long vocab = logits.size(1);
    Tensor sums = logits.new_empty(rows, (vocab + BLOCK - 1) / BLOCK);
    for (int from = 0; from < rows; from += atOnce) {
      int count = Math.min(atOnce, rows - from);
      try (var scope = new PointerScope()) {
        Tensor part = logits.narrow(0, from, count);
        if (temperature != 1) {
          part.div_(new Scalar(temperature));
        }
        Tensor whole = distributions.narrow(0, 0, count);
        torch.softmax_out(whole, part, 1);
        sums.narrow(0, from, count).copy_(blocks(whole));
      }
    }
    Place block = Place.of(sums, points);
    Tensor first = block.index().mul(new Scalar(BLOCK));
    Tensor tokens = within(first);
    Tensor behind = tokens.ge(new Scalar(vocab));
    Tensor logprobs =
        logits
            .gather(1, tokens.clamp_max(new Scalar(vocab - 1)))
            .masked_fill_(behind, new Scalar(Double.NEGATIVE_INFINITY))
            .log_softmax(1);
    Place token = Place.of(logprobs.exp(), block.rest());
    Tensor ofBlock = sums.gather(1, block.index()).log_();
    return new Picks(first.add_(token.index()), logprobs.gather(1, token.index()).add_(ofBlock));
  }

  /** Sums of blocks {@code [rows, blocks]} of weights {@code [rows, vocab]}. */
  private static Tensor blocks(Tensor weights) {
    long vocab = weights.size(1);
    long whole = vocab / BLOCK;
    Tensor sums =
        weights
            .narrow(1, 0, whole * BLOCK)
            .unflatten(1, whole, BLOCK)
            .sum(new long[] {2}, false, new ScalarTypeOptional());
    if (whole * BLOCK == vocab) {
      return sums;
    }
    Tensor rest = weights.narrow(1, whole * BLOCK, vocab - whole * BLOCK);
    return torch.cat(
        new TensorVector(sums, rest.sum(new long[] {1}, true, new ScalarTypeOptional())), 1);
  }

  /** The tokens of blocks that begin at {@code first [rows, 1]}. */
  private static Tensor within(Tensor first) {
    return first.add(
        torch
            .arange(new Scalar(BLOCK), new TensorOptions(ScalarType.Long))
            .to(first.device(), ScalarType.Long));
  }

  /** The probabilities of what may be drawn, 0 for the rest; not normalised. */
  private Tensor open(Tensor logits, Tensor whole, boolean[] early, int from) {
    Tensor open = whole;
    int[] rows =
        IntStream.range(0, (int) logits.size(0)).filter(row -> early[from + row]).toArray();
    if (rows.length > 0) {
      Tensor index = Tensors.indices(rows, logits.device());
      Tensor without =
          logits
              .index_select(0, index)
              .index_fill_(
                  1, Tensors.indices(ends, logits.device()), new Scalar(Double.NEGATIVE_INFINITY))
              .softmax(1);
      open = whole.index_copy(0, index, without);
    }
    return truncation.unlikely() ? likely(open) : open;
  }

  private Tensor likely(Tensor probs) {
    Tensor kept = probs;
    if (truncation.topK() > 0 && truncation.topK() < probs.size(1)) {
      kept = from(kept, kept.topk(truncation.topK()).get0().narrow(1, truncation.topK() - 1L, 1));
    }
    if (truncation.topP() < 1) {
      Tensor sorted = kept.sort(1, true).get0();
      Tensor sums = sorted.cumsum(1, new ScalarTypeOptional(ScalarType.Double));
      Tensor wanted = sums.narrow(1, sums.size(1) - 1, 1).mul(new Scalar(truncation.topP()));
      // the first token whose sum reaches the share is the last that stays
      Tensor last = search(sums, wanted, false);
      kept = from(kept, sorted.gather(1, last));
    }
    if (truncation.minP() > 0) {
      kept = from(kept, kept.amax(new long[] {1}, true).mul(new Scalar(truncation.minP())));
    }
    return kept;
  }

  /** The probabilities that are at least so large, 0 for the others. */
  private static Tensor from(Tensor probs, Tensor least) {
    return probs.mul(probs.ge(least));
  }

  /** The first place of each row whose sum is at, or above, the row's point {@code [rows, 1]}. */
  private static Tensor search(Tensor sums, Tensor points, boolean above) {
    return torch
        .searchsorted(sums, points, false, above, new StringViewOptional(), new TensorOptional())
        .clamp_max_(new Scalar(sums.size(1) - 1));
  }

  /** A place of each row, and where in it the row's number lies, as a number in [0, 1). */
  private record Place(Tensor index, Tensor rest) {
    /** Weights {@code [rows, n]}, numbers in [0, 1) {@code [rows, 1]} in fp64. */
    static Place of(Tensor weights, Tensor uniforms) {
      Tensor sums = weights.cumsum(1, new ScalarTypeOptional(ScalarType.Double));
      Tensor points = uniforms.mul(sums.narrow(1, sums.size(1) - 1, 1));
      points.mul_(new Scalar(BELOW_ONE));
      Tensor index = search(sums, points, true);
      Tensor weight = weights.gather(1, index).to(ScalarType.Double);
      Tensor before = sums.gather(1, index).sub_(weight);
      Tensor rest = points.sub_(before).div_(weight);
      return new Place(
          index, rest.clamp_(new ScalarOptional(new Scalar(0)), new ScalarOptional(new Scalar(1))));
    }
  }

  /** A token of each row in proportion to weights {@code [rows, vocab]}. */
  private static Tensor pick(Tensor weights, Tensor uniforms) {
    long vocab = weights.size(1);
    if (vocab <= 2 * BLOCK) {
      return Place.of(weights, uniforms).index();
    }
    Place block = Place.of(blocks(weights), uniforms);
    Tensor first = block.index().mul(new Scalar(BLOCK));
    Tensor tokens = within(first);
    Tensor inside = tokens.lt(new Scalar(vocab));
    Tensor within = weights.gather(1, tokens.clamp_max(new Scalar(vocab - 1))).mul(inside);
    return first.add_(Place.of(within, block.rest()).index());
  }

  @Override
  public void close() {
    logits.releaseReference();
    distributions.releaseReference();
  }
}
