package dev.mirrorspark.model;

import dev.mirrorspark.reduce.Ranks;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Sequences that are spread over the ranks of an update: each rank has two stretches of every
 * sequence, the r-th from the front and the r-th from the back, so that all do as much causal
 * attention. All stretches of a sequence have one length; the last ones are padded, which no token
 * before them sees.
 *
 * @param stretches tokens of a stretch, by sequence
 * @param starts this rank's first row of each sequence; its two stretches stand one after the other
 * @param tokens of this rank's rows
 * @param owners rank of each token of the packed sequences {@code [total]}
 */
record Spread(
    Ranks ranks,
    int[] stretches,
    int[] starts,
    int[] tokens,
    int[] positions,
    int[] rows,
    int[] owners,
    int longest)
    implements TokenRows {

  static Spread of(PackedSequences batch, Ranks ranks) {
    int count = 2 * ranks.count();
    int[] stretches = new int[batch.count()];
    int[] starts = new int[batch.count()];
    int size = 0;
    int longest = 0;
    for (int s = 0; s < stretches.length; s++) {
      stretches[s] = (batch.length(s) + count - 1) / count;
      starts[s] = size;
      size += 2 * stretches[s];
      longest = Math.max(longest, batch.length(s));
    }
    var spread =
        new Spread(
            ranks,
            stretches,
            starts,
            new int[size],
            new int[size],
            new int[batch.tokens().length],
            new int[batch.tokens().length],
            longest);
    for (int s = 0; s < stretches.length; s++) {
      spread.fill(batch, s);
    }
    return spread;
  }

  private void fill(PackedSequences batch, int sequence) {
    int first = batch.starts()[sequence];
    int length = batch.length(sequence);
    for (int t = 0; t < length; t++) {
      owners[first + t] = owner(t / stretches[sequence]);
      rows[first + t] = -1;
    }
    for (int half = 0; half < 2; half++) {
      int row = starts[sequence] + half * stretches[sequence];
      int place = stretch(half) * stretches[sequence];
      for (int i = 0; i < stretches[sequence]; i++) {
        positions[row + i] = Math.min(place + i, length - 1);
        if (place + i < length) {
          tokens[row + i] = batch.tokens()[first + place + i];
          rows[first + place + i] = row + i;
        }
      }
    }
  }

  /** Which stretch of each sequence is this rank's first or second one. */
  int stretch(int half) {
    return half == 0 ? ranks.rank() : 2 * ranks.count() - 1 - ranks.rank();
  }

  private int owner(int stretch) {
    return Math.min(stretch, 2 * ranks.count() - 1 - stretch);
  }

  @Override
  public Attention attention(int window) {
    return new SpreadAttention(this, window);
  }

  /**
   * The rows of all ranks.
   *
   * @param mine this rank's {@code [rows, width]}
   * @return {@code [ranks, rows, width]}
   */
  Tensor gather(Tensor mine) {
    Tensor all = mine.new_empty(ranks.count(), mine.size(0), mine.size(1));
    ranks.gatherParts(mine.contiguous().view(-1), all.view(-1));
    return all;
  }

  /**
   * The sum over the ranks of what each has for this rank's rows {@code [rows, width]}.
   *
   * @param all {@code [ranks, rows, width]}
   */
  Tensor sum(Tensor all) {
    Tensor mine = all.new_empty(all.size(1), all.size(2));
    ranks.sumParts(all.view(-1), mine.view(-1));
    return mine;
  }

  /** One stretch of a sequence in {@code [ranks, rows, width]}, as a view. */
  Tensor stretch(Tensor all, int sequence, int stretch) {
    int half = stretch < ranks.count() ? 0 : 1;
    return all.select(0, owner(stretch))
        .narrow(0, starts[sequence] + (long) half * stretches[sequence], stretches[sequence]);
  }

  /** A sequence's tokens in their order {@code [tokens, width]}. */
  Tensor inOrder(Tensor all, int sequence) {
    var parts = new TensorVector();
    for (int stretch = 0; stretch < 2 * ranks.count(); stretch++) {
      parts.push_back(stretch(all, sequence, stretch));
    }
    return torch.cat(parts, 0);
  }

  /**
   * What all ranks know of wanted tokens.
   *
   * @param mine of the tokens of this rank, in their order
   * @param places of all of them in the packed tokens
   */
  float[] gather(float[] mine, int[] places) {
    var bytes = ByteBuffer.allocate(Float.BYTES * mine.length);
    bytes.asFloatBuffer().put(mine);
    List<FloatBuffer> said =
        ranks.gather(bytes.array()).stream().map(b -> ByteBuffer.wrap(b).asFloatBuffer()).toList();
    float[] all = new float[places.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = said.get(owners[places[i]]).get();
    }
    return all;
  }

  /** Of places in the packed tokens, the indices of those that this rank has. */
  int[] own(int[] places) {
    int[] own = new int[places.length];
    int n = 0;
    for (int i = 0; i < places.length; i++) {
      if (rows[places[i]] >= 0) {
        own[n++] = i;
      }
    }
    return Arrays.copyOf(own, n);
  }
}
