package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Pages on a device, or of a type, that has a fused kernel of attention: each layer gathers the
 * pages of all sequences, up to the longest, into one batch for it.
 *
 * <p>A layer is {@code [pages, PAGE, 2 * kvHeads * headDim]}, a position's keys before its values.
 */
final class DevicePages implements CachePages {
  private static final int PAGE = KvCache.PAGE;

  private final ModelShape shape;
  private final List<Tensor> layers = new ArrayList<>();

  DevicePages(ModelShape shape, int pages, Tensor like, Kept kept) {
    this.shape = shape;
    try (var scope = new PointerScope()) {
      for (int i = 0; i < shape.layers(); i++) {
        layers.add(kept.keep(like.new_zeros(pages, PAGE, 2L * shape.keyWidth())));
      }
    }
  }

  /**
   * One token of each sequence.
   *
   * @param target rows of a layer seen as {@code [pages * PAGE, width]} {@code [n]}
   * @param table pages of all sequences {@code [n * pages of the longest]}
   * @param span positions of the longest
   * @param masks additive mask {@code [n, 1, span]} by window
   */
  private record Batch(Tensor target, Tensor table, int span, Map<Integer, Tensor> masks) {}

  @Override
  public CachePages.Step step(List<KvCache.Sequence> sequences, int[] positions, Tensor places) {
    int n = positions.length;
    int span = 1;
    for (int position : positions) {
      span = Math.max(span, position + 1);
    }
    int each = KvCache.pagesFor(span);
    int[] sent = new int[n + n * each];
    for (int i = 0; i < n; i++) {
      KvCache.Sequence sequence = sequences.get(i);
      sent[i] = sequence.page(positions[i]) * PAGE + positions[i] % PAGE;
      int[] pages = sequence.pages(positions[i] + 1);
      System.arraycopy(pages, 0, sent, n + i * each, pages.length);
    }
    Tensor index = Tensors.indices(sent, places.device());
    Map<Integer, Tensor> masks = new HashMap<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      int window = shape.window(layer);
      if (!masks.containsKey(window)) {
        masks.put(window, mask(places, span, window));
      }
    }
    var batch = new Batch(index.narrow(0, 0, n), index.narrow(0, n, (long) n * each), span, masks);
    return (layer, qkv) -> attend(layer, qkv, batch);
  }

  /** Each sequence sees its positions so far, or the last {@code window} of them where not 0. */
  private Tensor mask(Tensor positions, int span, int window) {
    long n = positions.size(0);
    Tensor last = positions.view(n, 1, 1);
    Tensor place =
        torch
            .arange(new Scalar(span), new TensorOptions(ScalarType.Long))
            .to(positions.device(), ScalarType.Long);
    Tensor hidden = place.gt(last);
    if (window > 0) {
      hidden = hidden.logical_or(place.le(last.sub(new Scalar(window))));
    }
    return layers
        .get(0)
        .new_zeros(n, 1, span)
        .masked_fill_(hidden, new Scalar(Double.NEGATIVE_INFINITY));
  }

  /** The query heads of a key head stand as if they were its successive queries. */
  private Tensor attend(int layer, Tensor qkv, Batch batch) {
    long n = qkv.size(0);
    long width = shape.keyWidth();
    rows(layer).index_copy_(0, batch.target(), keysAndValues(qkv));
    Tensor seen =
        layers
            .get(layer)
            .index_select(0, batch.table())
            .view(n, -1, 2 * width)
            .narrow(1, 0, batch.span());
    Tensor mask = batch.masks().get(shape.window(layer));
    long kvHeads = shape.kvHeads();
    long groups = shape.heads() / kvHeads;
    long[] heads = {kvHeads, shape.headDim()};
    Tensor mixed =
        torch.scaled_dot_product_attention(
            qkv.narrow(1, 0, shape.heads()).reshape(n, kvHeads, groups, shape.headDim()),
            seen.narrow(2, 0, width).unflatten(2, heads).transpose(1, 2),
            seen.narrow(2, width, width).unflatten(2, heads).transpose(1, 2),
            new TensorOptional(mask.unsqueeze(1).expand(n, 1, groups, batch.span())),
            0.0,
            false,
            new DoubleOptional(),
            false);
    return mixed.reshape(n, shape.queryWidth());
  }

  private Tensor rows(int layer) {
    return layers.get(layer).view(-1, 2L * shape.keyWidth());
  }

  private Tensor keysAndValues(Tensor qkv) {
    return qkv.narrow(1, shape.heads(), 2L * shape.kvHeads()).flatten(1, 2);
  }

  @Override
  public void store(
      int layer, KvCache.Sequence sequence, Tensor qkv, int row, int from, int count) {
    Tensor source = keysAndValues(qkv.narrow(0, row, count));
    int done = 0;
    while (done < count) {
      int place = (from + done) % PAGE;
      int part = Math.min(PAGE - place, count - done);
      layers
          .get(layer)
          .select(0, sequence.page(from + done))
          .narrow(0, place, part)
          .copy_(source.narrow(0, done, part));
      done += part;
    }
  }

  @Override
  public Tensor earlier(int layer, KvCache.Sequence sequence, int tokens) {
    Tensor all = layers.get(layer);
    long[] heads = {2, shape.kvHeads(), shape.headDim()};
    return all.index_select(0, Tensors.indices(sequence.pages(tokens), all.device()))
        .flatten(0, 1)
        .narrow(0, 0, tokens)
        .unflatten(1, heads)
        .transpose(0, 1);
  }

  @Override
  public void copy(int from, int[] to) {
    for (Tensor layer : layers) {
      try (var scope = new PointerScope()) {
        Tensor source = layer.select(0, from);
        for (int page : to) {
          layer.select(0, page).copy_(source);
        }
      }
    }
  }

  @Override
  public void noise() {
    layers.forEach(Tensor::normal_);
  }
}
