package dev.mirrorspark.decode;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.PackedRows;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Decodes responses with continuous batching: a fixed number of slots over one KV cache, and a
 * finished response's slot goes at once to the next request.
 *
 * <p>Requests enter slots in the order given, the lowest free slot first, so that the same requests
 * always meet in the same batches. Once none waits and an eighth of the slots is idle, the batch
 * shrinks to the busy ones. An engine decodes once.
 */
public final class DecodeEngine implements AutoCloseable {

  /** A response under way in a slot. */
  private static final class Slot {
    final DecodeRequest request;
    final int[] context;
    final int[] tokens;
    final float[] logprobs;
    final StopReason reasonAtLimit;
    final RepeatDetector repeats;
    final long startedNanos = System.nanoTime();
    int length;

    /** A response that may gain {@code limit} tokens at most, and stops there for that reason. */
    Slot(
        DecodeRequest request,
        int[] context,
        int limit,
        StopReason reasonAtLimit,
        RepeatDetector repeats) {
      this.request = request;
      this.context = context;
      this.tokens = new int[limit];
      this.logprobs = new float[limit];
      this.reasonAtLimit = reasonAtLimit;
      this.repeats = repeats;
    }

    /** Index in the whole response of the token that comes next. */
    int next() {
      return request.begun().tokens().length + length;
    }

    int lastToken() {
      return tokens[length - 1];
    }

    /** Position of the last token in the sequence of prompt and response. */
    int lastPosition() {
      return context.length + length - 1;
    }

    Decoded finish(StopReason reason) {
      return new Decoded(
          request,
          Arrays.copyOf(tokens, length),
          Arrays.copyOf(logprobs, length),
          reason,
          (System.nanoTime() - startedNanos) * 1e-9);
    }
  }

  private final ModelShape shape;
  private final Decoder decoder;
  private final int width;
  private final KvCache cache;
  private Slot[] slots;
  private long slotSteps;
  private long busySteps;
  private final Sampling sampling;
  private final Set<Integer> ends;

  /**
   * An engine over a policy's parameters.
   *
   * @param slots responses decoded side by side
   * @param capacity longest prompt and response together, in tokens
   * @param ends token ids that end a response
   */
  public DecodeEngine(
      Parameters policy, int slots, int capacity, Sampling sampling, Set<Integer> ends) {
    this.shape = policy.shape();
    this.decoder = new Decoder(policy);
    this.cache = new KvCache(shape, slots, Math.min(capacity, shape.maxPositions()), policy.flat());
    this.width = slots;
    this.slots = new Slot[slots];
    this.sampling = sampling;
    this.ends = Set.copyOf(ends);
  }

  /**
   * Decodes every request.
   *
   * @param finished receives each response as it ends
   * @param progress receives the number of tokens of each step
   * @throws IllegalArgumentException if a prompt leaves no room for a token
   */
  public void decode(
      Iterator<DecodeRequest> requests, Consumer<Decoded> finished, IntConsumer progress) {
    try (var noGrad = new NoGradGuard()) {
      while (true) {
        boolean refilled = refill(requests, finished);
        int active = active();
        if (active == 0 && !refilled) {
          return;
        }
        if (!requests.hasNext() && active < sampling.fullSlots() * width) {
          putOff(finished);
          return;
        }
        boolean ends = !(requests instanceof OpenRequests) && !requests.hasNext();
        if (ends && active > 0 && active * 8 <= slots.length * 7) {
          shrink(active);
        }
        if (active > 0) {
          step(finished);
          slotSteps += width;
          busySteps += active;
          progress.accept(active);
        }
      }
    }
  }

  /** Slots times decoding steps so far. */
  public long slotSteps() {
    return slotSteps;
  }

  /** Those of {@link #slotSteps} in which the slot had a response. */
  public long busySteps() {
    return busySteps;
  }

  /** Puts the responses under way off to the next iteration. */
  private void putOff(Consumer<Decoded> finished) {
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] != null) {
        finish(i, StopReason.BUDGET, finished);
      }
    }
  }

  /** Leaves the idle slots out, once no request is left to fill them. */
  private void shrink(int active) {
    int[] from = new int[active];
    int[] to = new int[active];
    int moved = 0;
    int span = 0;
    int hole = 0;
    for (int i = active; i < slots.length; i++) {
      if (slots[i] != null) {
        while (slots[hole] != null) {
          hole++;
        }
        span = Math.max(span, slots[i].lastPosition());
        slots[hole] = slots[i];
        from[moved] = i;
        to[moved++] = hole;
      }
    }
    cache.shrink(Arrays.copyOf(from, moved), Arrays.copyOf(to, moved), active, span);
    slots = Arrays.copyOf(slots, active);
  }

  private int active() {
    int active = 0;
    for (Slot slot : slots) {
      active += slot != null ? 1 : 0;
    }
    return active;
  }

  /** Fills free slots and samples the first token of each newcomer. */
  private boolean refill(Iterator<DecodeRequest> requests, Consumer<Decoded> finished) {
    List<Integer> filled = new ArrayList<>();
    for (int i = 0; i < slots.length && requests.hasNext(); i++) {
      if (slots[i] == null) {
        slots[i] = slot(requests.next());
        filled.add(i);
      }
    }
    if (filled.isEmpty()) {
      return false;
    }
    int[][] prompts = new int[filled.size()][];
    int[] target = new int[filled.size()];
    for (int row = 0; row < prompts.length; row++) {
      target[row] = filled.get(row);
      prompts[row] = slots[target[row]].context;
    }
    try (var scope = new PointerScope()) {
      PackedRows rows = PackedRows.oneEach(prompts);
      Tensor hidden = decoder.prefill(rows, target, cache);
      int[] last = new int[prompts.length];
      for (int row = 0; row < last.length; row++) {
        last[row] = row * rows.length() + prompts[row].length - 1;
      }
      Tensor index = Tensors.indices(last, hidden.device());
      choose(decoder.logits(hidden.index_select(0, index)), target, finished);
    }
    return true;
  }

  private Slot slot(DecodeRequest request) {
    int[] context = request.context();
    int room = cache.capacity() - context.length;
    int left = sampling.maxTokens() - request.begun().tokens().length;
    if (room < 1 || left < 1 || request.promptTokens().length == 0) {
      throw new IllegalArgumentException(
          "prompt "
              + request.promptId()
              + " has "
              + request.promptTokens().length
              + " tokens, its response so far "
              + request.begun().tokens().length
              + "; together at most "
              + (cache.capacity() - 1)
              + " fit, and a response has "
              + sampling.maxTokens()
              + " at most");
    }
    int limit = Math.min(room, left);
    boolean puttingOff = sampling.budget() > 0 && sampling.budget() < limit;
    var repeats = new RepeatDetector(sampling.repeatTokens());
    for (int token : request.begun().tokens()) {
      repeats.accept(token);
    }
    return puttingOff
        ? new Slot(request, context, sampling.budget(), StopReason.BUDGET, repeats)
        : new Slot(request, context, limit, StopReason.LENGTH, repeats);
  }

  /** One token for every response under way; idle slots compute along and are ignored. */
  private void step(Consumer<Decoded> finished) {
    int[] tokens = new int[slots.length];
    int[] positions = new int[slots.length];
    int[] every = new int[slots.length];
    for (int i = 0; i < slots.length; i++) {
      every[i] = i;
      if (slots[i] != null) {
        tokens[i] = slots[i].lastToken();
        positions[i] = slots[i].lastPosition();
      }
    }
    try (var scope = new PointerScope()) {
      choose(decoder.logits(decoder.step(tokens, positions, cache)), every, finished);
    }
  }

  /** Chooses the next token of each row's slot from logits {@code [rows, vocab]}. */
  private void choose(Tensor logits, int[] rowSlots, Consumer<Decoded> finished) {
    if (!sampling.greedy() && sampling.temperature() != 1) {
      logits.div_(new Scalar(sampling.temperature()));
    }
    Tensor logprobs = logits.log_softmax(1);
    Tensor chosen =
        sampling.greedy() ? logprobs.argmax(new LongOptional(1), true) : draw(logprobs, rowSlots);
    // ids and log-probs in one copy; float64 holds both exactly
    double[] both =
        Tensors.doubles(
            torch.cat(
                new TensorVector(
                    chosen.to(ScalarType.Double), logprobs.gather(1, chosen).to(ScalarType.Double)),
                1));
    for (int row = 0; row < rowSlots.length; row++) {
      Slot slot = slots[rowSlots[row]];
      if (slot != null) {
        int token = (int) both[2 * row];
        slot.tokens[slot.length] = token;
        slot.logprobs[slot.length++] = (float) both[2 * row + 1];
        boolean repeats = slot.repeats.accept(token);
        if (ends.contains(token)) {
          finish(rowSlots[row], StopReason.STOP, finished);
        } else if (repeats) {
          finish(rowSlots[row], StopReason.REPEAT, finished);
        } else if (slot.length == slot.tokens.length) {
          finish(rowSlots[row], slot.reasonAtLimit, finished);
        }
      }
    }
  }

  /** Inverse of the cumulative distribution at each response's own uniform number. */
  private Tensor draw(Tensor logprobs, int[] rowSlots) {
    Tensor cumulative = logprobs.exp().cumsum(1, new ScalarTypeOptional(ScalarType.Double));
    double[] uniforms = new double[rowSlots.length];
    for (int row = 0; row < uniforms.length; row++) {
      Slot slot = slots[rowSlots[row]];
      uniforms[row] = slot == null ? 0 : Seeds.uniform(slot.request.seed(), slot.next());
    }
    Tensor total = cumulative.narrow(1, shape.tokens() - 1, 1);
    Tensor points =
        Tensors.ofDoubles(uniforms, uniforms.length, 1)
            .to(logprobs.device(), ScalarType.Double)
            .mul(total);
    return torch
        .searchsorted(
            cumulative, points, false, true, new StringViewOptional(), new TensorOptional())
        .clamp_max(new Scalar(shape.tokens() - 1));
  }

  private void finish(int index, StopReason reason, Consumer<Decoded> finished) {
    Decoded decoded = slots[index].finish(reason);
    slots[index] = null;
    finished.accept(decoded);
  }

  @Override
  public void close() {
    cache.close();
    decoder.close();
  }
}
