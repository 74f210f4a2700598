package dev.mirrorspark.model;

import static org.bytedeco.openblas.global.openblas_full.CblasColMajor;
import static org.bytedeco.openblas.global.openblas_full.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_full.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_full.CblasTrans;
import static org.bytedeco.openblas.global.openblas_full.cblas_scopy;
import static org.bytedeco.openblas.global.openblas_full.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_full.cblas_somatcopy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Pages in host memory in fp32, read where they lie: each query head meets the keys and the values
 * of a page in one product of a matrix and a vector, which packs nothing, so that a sequence costs
 * its own length and its result does not depend on the others.
 *
 * <p>A layer is {@code [pages, 2, kvHeads, PAGE * headDim]}: of each head its keys as {@code
 * [headDim, PAGE]} and its values as {@code [PAGE, headDim]}, which is how those products are
 * fastest.
 */
final class HostPages implements CachePages {
  private static final int PAGE = KvCache.PAGE;

  private final ModelShape shape;
  private final List<Tensor> layers = new ArrayList<>();
  private final int kvHeads;
  private final int groups;
  private final int d;
  private final float scale;

  /** Elements of a token's queries, keys and values. */
  private final long width;

  HostPages(ModelShape shape, int pages, Tensor like, Kept kept) {
    this.shape = shape;
    this.kvHeads = shape.kvHeads();
    this.groups = shape.heads() / kvHeads;
    this.d = shape.headDim();
    this.scale = (float) (1 / Math.sqrt(d));
    this.width = (shape.heads() + 2L * kvHeads) * d;
    try (var scope = new PointerScope()) {
      var options = new TensorOptions(ScalarType.Float);
      long[] extents = {pages, 2, kvHeads, (long) PAGE * d};
      for (int i = 0; i < shape.layers(); i++) {
        layers.add(kept.keep(torch.empty(extents, options, new MemoryFormatOptional())));
      }
    }
  }

  /** Element of a layer where a head's keys (0) or values (1) of a page begin. */
  private long at(int page, int what, int head) {
    return (((long) page * 2 + what) * kvHeads + head) * PAGE * d;
  }

  @Override
  public CachePages.Step step(List<KvCache.Sequence> sequences, int[] positions, Tensor places) {
    Map<Integer, Scores> byWindow = Scores.byWindow(shape, positions);
    return (layer, qkv) ->
        attend(layer, qkv, sequences, positions, byWindow.get(shape.window(layer)));
  }

  private Tensor attend(
      int layer, Tensor qkv, List<KvCache.Sequence> sequences, int[] positions, Scores scores) {
    int n = positions.length;
    FloatPointer cache = layers.get(layer).data_ptr_float();
    FloatPointer from = qkv.data_ptr_float();
    for (int i = 0; i < n; i++) {
      put(cache, sequences.get(i).page(positions[i]), positions[i] % PAGE, from, i);
    }
    FloatPointer score = scores.raw().data_ptr_float();
    for (int i = 0; i < n; i++) {
      for (int part = scores.from(i); part <= positions[i]; part = KvCache.nextPage(part)) {
        int page = sequences.get(i).page(part);
        int count = Math.min(KvCache.nextPage(part), positions[i] + 1) - part;
        for (int head = 0; head < shape.heads(); head++) {
          cache.position(at(page, 0, head / groups) + part % PAGE);
          from.position(i * width + (long) head * d);
          score.position(scores.at(i, head) + part - scores.from(i));
          cblas_sgemv(
              CblasColMajor, CblasNoTrans, count, d, scale, cache, PAGE, from, 1, 0, score, 1);
        }
      }
    }
    scores.softmax();
    Tensor mixed = qkv.new_zeros(n, shape.queryWidth());
    FloatPointer to = mixed.data_ptr_float();
    FloatPointer share = scores.shares().data_ptr_float();
    for (int i = 0; i < n; i++) {
      for (int part = scores.from(i); part <= positions[i]; part = KvCache.nextPage(part)) {
        int page = sequences.get(i).page(part);
        int count = Math.min(KvCache.nextPage(part), positions[i] + 1) - part;
        for (int head = 0; head < shape.heads(); head++) {
          cache.position(at(page, 1, head / groups) + (long) (part % PAGE) * d);
          share.position(scores.at(i, head) + part - scores.from(i));
          to.position(((long) i * shape.heads() + head) * d);
          cblas_sgemv(CblasRowMajor, CblasTrans, count, d, 1, cache, d, share, 1, 1, to, 1);
        }
      }
    }
    return mixed;
  }

  /** Puts the key and the value of a row of qkv in their place of a page. */
  private void put(FloatPointer cache, int page, int place, FloatPointer from, long row) {
    for (int head = 0; head < kvHeads; head++) {
      from.position(row * width + (long) (shape.heads() + head) * d);
      cache.position(at(page, 0, head) + place);
      cblas_scopy(d, from, 1, cache, PAGE);
      from.position(row * width + (long) (shape.heads() + kvHeads + head) * d);
      cache.position(at(page, 1, head) + (long) place * d);
      cblas_scopy(d, from, 1, cache, 1);
    }
  }

  @Override
  public void store(
      int layer, KvCache.Sequence sequence, Tensor qkv, int row, int from, int count) {
    FloatPointer cache = layers.get(layer).data_ptr_float();
    FloatPointer source = qkv.data_ptr_float();
    int end = from + count;
    for (int part = from; part < end; part = KvCache.nextPage(part)) {
      int page = sequence.page(part);
      int place = part % PAGE;
      int tokens = Math.min(KvCache.nextPage(part), end) - part;
      long first = ((long) row + part - from) * width;
      for (int head = 0; head < kvHeads; head++) {
        source.position(first + (long) (shape.heads() + head) * d);
        cache.position(at(page, 0, head) + place);
        copy(CblasTrans, tokens, source, cache, PAGE);
        source.position(first + (long) (shape.heads() + kvHeads + head) * d);
        cache.position(at(page, 1, head) + (long) place * d);
        copy(CblasNoTrans, tokens, source, cache, d);
      }
    }
  }

  /** Copies {@code [tokens, d]} of rows of qkv into a page, as it stands or transposed. */
  private void copy(int how, int tokens, FloatPointer from, FloatPointer to, int stride) {
    cblas_somatcopy(CblasRowMajor, how, tokens, d, 1, from, (int) width, to, stride);
  }

  @Override
  public Tensor earlier(int layer, KvCache.Sequence sequence, int tokens) {
    int[] pages = sequence.pages(tokens);
    Tensor all =
        layers.get(layer).index_select(0, Tensors.indices(pages, layers.get(layer).device()));
    long[] keys = {d, PAGE};
    long[] values = {PAGE, d};
    Tensor k = all.select(1, 0).unflatten(2, keys).permute(0, 3, 1, 2).flatten(0, 1);
    Tensor v = all.select(1, 1).unflatten(2, values).permute(0, 2, 1, 3).flatten(0, 1);
    return torch.stack(new TensorVector(k.narrow(0, 0, tokens), v.narrow(0, 0, tokens)), 0);
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
