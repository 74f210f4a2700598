package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Keys and values of the sequences that are being decoded, one sequence to a slot.
 *
 * <p>Each layer's are one tensor {@code [slots, capacity, 2 * kvHeads * headDim]}, a position's
 * keys before its values. Slots are reused: a new sequence overwrites from position 0, and the mask
 * hides what lies behind its own last position.
 */
public final class KvCache implements AutoCloseable {

  /**
   * One token in every slot: where its key and value go, and what its query sees.
   *
   * @param target rows of a layer seen as {@code [slots * capacity, width]}
   * @param span the longest sequence, this token among it
   * @param masks additive mask {@code [slots, 1, span]} by window
   */
  record Step(Tensor target, int span, Map<Integer, Tensor> masks) {}

  private final Kept kept = new Kept();
  private final ModelShape shape;
  private final StepAttention attention;
  private final int capacity;
  private final List<Tensor> layers = new ArrayList<>();
  private final Tensor firstRows;
  private int slots;

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
      this.attention = new StepAttention(shape, like, kept);
      var options = new TensorOptions(like.scalar_type());
      long[] extents = {slots, capacity, 2L * shape.keyWidth()};
      for (int i = 0; i < shape.layers(); i++) {
        layers.add(kept.keep(torch.zeros(extents, options).to(like.device(), like.scalar_type())));
      }
      this.firstRows = kept.keep(places(slots, like).mul(new Scalar(capacity)));
    }
  }

  private static Tensor places(int count, Tensor like) {
    return torch
        .arange(new Scalar(count), new TensorOptions(ScalarType.Long))
        .to(like.device(), ScalarType.Long);
  }

  /**
   * Leaves only the first slots in use, after the sequences of some others moved there.
   *
   * @param from slots whose sequences move
   * @param to where each of them goes; none of these is in {@code from}
   * @param used how many slots stay
   * @param span positions that the sequences have at most
   */
  public void shrink(int[] from, int[] to, int used, int span) {
    if (from.length > 0) {
      try (var scope = new PointerScope()) {
        Tensor source = index(from);
        Tensor target = index(to);
        for (Tensor layer : layers) {
          Tensor seen = layer.narrow(1, 0, span);
          seen.index_copy_(0, target, seen.index_select(0, source));
        }
      }
    }
    slots = used;
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

  private Tensor index(int[] values) {
    return Tensors.indices(values, firstRows.device());
  }

  /**
   * What a step needs to know of the cache.
   *
   * @param positions place of each slot's token in its sequence {@code [slots]}
   * @param places the same on the device
   */
  Step step(int[] positions, Tensor places) {
    int span = 1;
    for (int position : positions) {
      span = Math.max(span, position + 1);
    }
    Map<Integer, Tensor> masks = new HashMap<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      int window = shape.window(layer);
      if (!masks.containsKey(window)) {
        masks.put(window, mask(places, span, window));
      }
    }
    return new Step(places.add(firstRows.narrow(0, 0, slots)), span, masks);
  }

  /** Each slot sees its positions so far, or the last {@code window} of them where not 0. */
  private Tensor mask(Tensor positions, int span, int window) {
    Tensor last = positions.view(slots, 1, 1);
    Tensor place = places(span, positions);
    Tensor hidden = place.gt(last);
    if (window > 0) {
      hidden = hidden.logical_or(place.le(last.sub(new Scalar(window))));
    }
    Tensor like = layers.get(0);
    return like.new_zeros(slots, 1, span)
        .masked_fill_(hidden, new Scalar(Double.NEGATIVE_INFINITY));
  }

  /** Stores keys and values {@code [slots, 2 * kvHeads, headDim]} of one layer's step. */
  void store(int layer, Step step, Tensor keysAndValues) {
    layers
        .get(layer)
        .view(-1, 2L * shape.keyWidth())
        .index_copy_(0, step.target(), keysAndValues.flatten(1, 2));
  }

  /**
   * Stores keys and values of whole sequences from position 0. What stands behind a row's end is
   * stored too: the mask hides it, until the sequence overwrites it.
   *
   * @param target the slot of each row {@code [rows]}
   * @param keysAndValues {@code [rows * length, 2 * kvHeads, headDim]}
   */
  void prefill(int layer, Tensor target, int length, Tensor keysAndValues) {
    layers
        .get(layer)
        .narrow(1, 0, length)
        .index_copy_(0, target, keysAndValues.flatten(1, 2).unflatten(0, target.size(0), length));
  }

  /**
   * Attention of one query a slot over its cached positions.
   *
   * @param q {@code [slots, heads, headDim]}
   * @return {@code [slots, heads * headDim]}
   */
  Tensor attend(int layer, Step step, Tensor q) {
    Tensor seen = layers.get(layer).narrow(0, 0, slots).narrow(1, 0, step.span());
    return attention.of(q, seen, step.masks().get(shape.window(layer)));
  }

  @Override
  public void close() {
    kept.close();
  }
}
