package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Keys and values of the sequences that are being decoded, one sequence to a slot.
 *
 * <p>Each layer's keys and values are one tensor {@code [slots, kvHeads, capacity, headDim]}. Slots
 * are reused: a new sequence overwrites from position 0, and the mask hides what lies behind its
 * own last position.
 */
public final class KvCache implements AutoCloseable {

  /** Which rows of the input go to which rows of the cache seen as {@code [s * h * c, d]}. */
  record Write(Optional<Tensor> source, Tensor target) {}

  private final Kept kept = new Kept();
  private final ModelShape shape;
  private final int slots;
  private final int capacity;
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private int span = 1;

  /**
   * An empty cache.
   *
   * @param like a tensor whose device and type the cache takes
   * @param capacity longest sequence of a slot, in tokens
   */
  public KvCache(ModelShape shape, int slots, int capacity, Tensor like) {
    this.shape = shape;
    this.slots = slots;
    this.capacity = capacity;
    try (var scope = new PointerScope()) {
      var options = new TensorOptions(like.scalar_type());
      long[] extents = {slots, shape.kvHeads(), capacity, shape.headDim()};
      for (int i = 0; i < shape.layers(); i++) {
        keys.add(kept.keep(torch.zeros(extents, options).to(like.device(), like.scalar_type())));
        values.add(kept.keep(torch.zeros(extents, options).to(like.device(), like.scalar_type())));
      }
    }
  }

  private KvCache(KvCache other, int[] kept) {
    this.shape = other.shape;
    this.slots = kept.length;
    this.capacity = other.capacity;
    try (var scope = new PointerScope()) {
      Tensor index = other.index(kept);
      for (int i = 0; i < shape.layers(); i++) {
        keys.add(this.kept.keep(other.keys.get(i).index_select(0, index)));
        values.add(this.kept.keep(other.values.get(i).index_select(0, index)));
      }
    }
  }

  /** A smaller cache with the sequences of some slots, in the order given. */
  public KvCache select(int[] slots) {
    return new KvCache(this, slots);
  }

  /** Bytes of a cache of that shape. */
  public static long bytes(ModelShape shape, int slots, int capacity, int bytesPerElement) {
    return 2L * shape.layers() * slots * shape.keyWidth() * capacity * bytesPerElement;
  }

  public int slots() {
    return slots;
  }

  public int capacity() {
    return capacity;
  }

  /** Where the tokens of a step go: slot i at {@code positions[i]}, for every key head. */
  Write stepIndex(int[] positions) {
    int[] target = new int[slots * shape.kvHeads()];
    span = 1;
    for (int slot = 0; slot < slots; slot++) {
      span = Math.max(span, positions[slot] + 1);
      for (int head = 0; head < shape.kvHeads(); head++) {
        target[slot * shape.kvHeads() + head] = row(slot, head, positions[slot]);
      }
    }
    return new Write(Optional.empty(), index(target));
  }

  /** Where the tokens of a prefill go: row r's sequence to {@code slots[r]}. */
  Write prefillIndex(PackedRows rows, int[] rowSlots) {
    int heads = shape.kvHeads();
    int[] source = new int[rows.used() * heads];
    int[] target = new int[source.length];
    int n = 0;
    for (int i = 0; i < rows.tokens().length; i++) {
      if (rows.sequences()[i] >= 0) {
        for (int head = 0; head < heads; head++) {
          source[n] = i * heads + head;
          target[n++] = row(rowSlots[i / rows.length()], head, rows.positions()[i]);
        }
      }
    }
    return new Write(Optional.of(index(source)), index(target));
  }

  private int row(int slot, int head, int position) {
    return (slot * shape.kvHeads() + head) * capacity + position;
  }

  private Tensor index(int[] values) {
    return Tensors.indices(values, keys.get(0).device());
  }

  /** Stores k and v {@code [n, kvHeads, headDim]} of one layer. */
  void store(int layer, Write write, Tensor k, Tensor v) {
    put(keys.get(layer), write, k);
    put(values.get(layer), write, v);
  }

  private void put(Tensor cache, Write write, Tensor x) {
    Tensor rows = x.reshape(-1, shape.headDim());
    if (write.source().isPresent()) {
      rows = rows.index_select(0, write.source().get());
    }
    cache.view(-1, shape.headDim()).index_copy_(0, write.target(), rows);
  }

  /**
   * Additive mask {@code [slots, 1, 1, span]}: each slot sees its positions so far, or the last
   * {@code window} of them where that is not 0.
   */
  Tensor stepMask(int[] positions, int window) {
    Tensor last = index(positions).view(slots, 1, 1, 1);
    Tensor place =
        torch
            .arange(new Scalar(span), new TensorOptions(ScalarType.Long))
            .to(last.device(), ScalarType.Long);
    Tensor hidden = place.view(1, 1, 1, span).gt(last);
    if (window > 0) {
      Tensor first = last.sub(new Scalar(window));
      hidden = hidden.logical_or(place.view(1, 1, 1, span).le(first));
    }
    Tensor mask =
        torch
            .zeros(new long[] {slots, 1, 1, span}, new TensorOptions(keys.get(0).scalar_type()))
            .to(last.device(), keys.get(0).scalar_type());
    return mask.masked_fill(hidden, new Scalar(Double.NEGATIVE_INFINITY));
  }

  /**
   * Attention of one query a slot {@code [slots, heads, headDim]} over its cached positions. The
   * query heads of a key head stand as if they were its successive queries, so that no key is
   * copied.
   */
  Tensor attend(int layer, Tensor q, Tensor mask) {
    long kvHeads = shape.kvHeads();
    long groups = shape.heads() / kvHeads;
    Tensor mixed =
        torch.scaled_dot_product_attention(
            q.reshape(slots, kvHeads, groups, shape.headDim()),
            keys.get(layer).narrow(2, 0, span),
            values.get(layer).narrow(2, 0, span),
            new TensorOptional(mask.expand(slots, 1, groups, span)),
            0.0,
            false,
            new DoubleOptional(),
            false);
    return mixed.reshape(slots, shape.queryWidth());
  }

  @Override
  public void close() {
    kept.close();
  }
}
