package dev.mirrorspark.model;

import static org.bytedeco.openblas.global.openblas_full.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_full.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_full.CblasTrans;
import static org.bytedeco.openblas.global.openblas_full.cblas_sgemv;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Pages in host memory of whole numbers from −127 to 127, with a scale for each token and head: its
 * largest absolute value / 127. A run of pages that lie side by side is made floats at once, as
 * many as stay in a core's second cache; scores are multiplied by the scales of the keys, and
 * shares by those of the values.
 *
 * <p>What is stored is put back rounded, so that a prefill sees the keys and values that decoding
 * sees later: a response that is put off and computed again goes on as if it had not been.
 */
final class BytePages implements CachePages {
  private static final int PAGE = KvCache.PAGE;

  /** Keys or values that are floats at once. */
  private static final int AT_ONCE = 1 << 16;

  private static final double LARGEST = 127;

  /** Scale of a head that is zero. */
  private static final double LEAST = 1e-30;

  /**
   * One layer's.
   *
   * @param codes {@code [2, pages, kvHeads, PAGE, d]}
   * @param scales {@code [2, kvHeads, pages * PAGE]}
   */
  private record Layer(Tensor codes, Tensor scales) {}

  /** Successive positions of a sequence in pages that lie side by side, from {@code page} on. */
  private record Run(int from, int count, int page) {
    int pages() {
      return KvCache.pagesFor(from % PAGE + count);
    }
  }

  private final ModelShape shape;
  private final List<Layer> layers = new ArrayList<>();
  private final int kvHeads;
  private final int groups;
  private final int d;
  private final int most;
  private final Tensor floats;

  BytePages(ModelShape shape, int pages, Kept kept) {
    this.shape = shape;
    this.kvHeads = shape.kvHeads();
    this.groups = shape.heads() / kvHeads;
    this.d = shape.headDim();
    this.most = Math.max(1, AT_ONCE / (kvHeads * PAGE * d));
    try (var scope = new PointerScope()) {
      for (int i = 0; i < shape.layers(); i++) {
        layers.add(
            new Layer(
                kept.keep(empty(ScalarType.Char, 2, pages, kvHeads, PAGE, d)),
                kept.keep(empty(ScalarType.Float, 2, kvHeads, (long) pages * PAGE))));
      }
      floats = kept.keep(empty(ScalarType.Float, most, kvHeads, PAGE, d));
    }
  }

  private static Tensor empty(ScalarType type, long... extents) {
    return torch.empty(extents, new TensorOptions(type), new MemoryFormatOptional());
  }

  /** Codes and scales of keys, then values, of some tokens {@code [tokens, 2, kvHeads, ...]}. */
  private record Rounded(Tensor codes, Tensor scales) {}

  /** Rounds keys and values of qkv {@code [tokens, heads + 2 * kvHeads, d]} where they stand. */
  private Rounded round(Tensor qkv) {
    Tensor x = qkv.narrow(1, shape.heads(), 2L * kvHeads);
    Tensor scales =
        x.abs().amax(new long[] {2}, true).div_(new Scalar(LARGEST)).clamp_min_(new Scalar(LEAST));
    Tensor codes = x.div(scales).round_();
    x.copy_(codes.mul(scales));
    long[] pair = {2, kvHeads};
    return new Rounded(
        codes.to(ScalarType.Char).unflatten(1, pair), scales.squeeze(2).unflatten(1, pair));
  }

  /** Puts some of what was rounded into a page. */
  private static void put(Layer layer, int page, int place, Rounded rounded, int row, int count) {
    layer
        .codes()
        .select(1, page)
        .narrow(2, place, count)
        .copy_(rounded.codes().narrow(0, row, count).permute(1, 2, 0, 3));
    layer
        .scales()
        .narrow(2, (long) page * PAGE + place, count)
        .copy_(rounded.scales().narrow(0, row, count).permute(1, 2, 0));
  }

  @Override
  public CachePages.Step step(List<KvCache.Sequence> sequences, int[] positions, Tensor places) {
    Map<Integer, Scores> byWindow = Scores.byWindow(shape, positions);
    return (layer, qkv) ->
        attend(layers.get(layer), qkv, sequences, positions, byWindow.get(shape.window(layer)));
  }

  private Tensor attend(
      Layer layer, Tensor qkv, List<KvCache.Sequence> sequences, int[] positions, Scores scores) {
    int n = positions.length;
    Tensor mixed = qkv.new_zeros(n, shape.queryWidth());
    try (var scope = new PointerScope()) {
      Rounded rounded = round(qkv);
      for (int i = 0; i < n; i++) {
        put(layer, sequences.get(i).page(positions[i]), positions[i] % PAGE, rounded, i, 1);
      }
      List<List<Run>> runs = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        runs.add(runs(sequences.get(i), scores.from(i), positions[i] + 1));
      }
      for (int i = 0; i < n; i++) {
        for (Run run : runs.get(i)) {
          meetKeys(layer, run, i, qkv, scores);
        }
      }
      scores.softmax();
      for (int i = 0; i < n; i++) {
        for (Run run : runs.get(i)) {
          meetValues(layer, run, i, mixed, scores);
        }
      }
    }
    return mixed;
  }

  private List<Run> runs(KvCache.Sequence sequence, int from, int end) {
    List<Run> runs = new ArrayList<>();
    for (int at = from; at < end; ) {
      int first = sequence.page(at);
      int next = KvCache.nextPage(at);
      int pages = 1;
      while (next < end && pages < most && sequence.page(next) == first + pages) {
        pages++;
        next += PAGE;
      }
      runs.add(new Run(at, Math.min(next, end) - at, first));
      at = next;
    }
    return runs;
  }

  /** Makes the keys (0) or the values (1) of a run floats. */
  private FloatPointer floats(Layer layer, Run run, int what) {
    floats
        .narrow(0, 0, run.pages())
        .copy_(layer.codes().select(0, what).narrow(0, run.page(), run.pages()));
    return floats.data_ptr_float();
  }

  /** Multiplies a run's part of a sequence's rows by the scales of its keys or values. */
  private void scale(Layer layer, Run run, int what, Tensor rows, int first) {
    long from = (long) run.page() * PAGE + run.from() % PAGE;
    rows.unflatten(0, kvHeads, groups)
        .narrow(2, run.from() - first, run.count())
        .mul_(layer.scales().select(0, what).narrow(1, from, run.count()).unsqueeze(1));
  }

  private void meetKeys(Layer layer, Run run, int i, Tensor qkv, Scores scores) {
    try (var scope = new PointerScope()) {
      FloatPointer keys = floats(layer, run, 0);
      FloatPointer query = qkv.data_ptr_float();
      FloatPointer score = scores.raw().data_ptr_float();
      float scale = (float) (1 / Math.sqrt(d));
      int end = run.from() + run.count();
      long page = 0;
      for (int part = run.from(); part < end; part = KvCache.nextPage(part)) {
        int count = Math.min(KvCache.nextPage(part), end) - part;
        for (int head = 0; head < shape.heads(); head++) {
          keys.position(((page * kvHeads + head / groups) * PAGE + part % PAGE) * d);
          query.position(((long) i * (shape.heads() + 2L * kvHeads) + head) * d);
          score.position(scores.at(i, head) + part - scores.from(i));
          cblas_sgemv(CblasRowMajor, CblasNoTrans, count, d, scale, keys, d, query, 1, 0, score, 1);
        }
        page++;
      }
      scale(layer, run, 0, scores.rows(scores.raw(), i), scores.from(i));
    }
  }

  private void meetValues(Layer layer, Run run, int i, Tensor mixed, Scores scores) {
    try (var scope = new PointerScope()) {
      scale(layer, run, 1, scores.rows(scores.shares(), i), scores.from(i));
      FloatPointer values = floats(layer, run, 1);
      FloatPointer share = scores.shares().data_ptr_float();
      FloatPointer to = mixed.data_ptr_float();
      int end = run.from() + run.count();
      long page = 0;
      for (int part = run.from(); part < end; part = KvCache.nextPage(part)) {
        int count = Math.min(KvCache.nextPage(part), end) - part;
        for (int head = 0; head < shape.heads(); head++) {
          values.position(((page * kvHeads + head / groups) * PAGE + part % PAGE) * d);
          share.position(scores.at(i, head) + part - scores.from(i));
          to.position(((long) i * shape.heads() + head) * d);
          cblas_sgemv(CblasRowMajor, CblasTrans, count, d, 1, values, d, share, 1, 1, to, 1);
        }
        page++;
      }
    }
  }

  @Override
  public void store(
      int layer, KvCache.Sequence sequence, Tensor qkv, int row, int from, int count) {
    try (var scope = new PointerScope()) {
      Rounded rounded = round(qkv.narrow(0, row, count));
      int end = from + count;
      for (int part = from; part < end; part = KvCache.nextPage(part)) {
        int tokens = Math.min(KvCache.nextPage(part), end) - part;
        put(layers.get(layer), sequence.page(part), part % PAGE, rounded, part - from, tokens);
      }
    }
  }

  @Override
  public Tensor earlier(int layer, KvCache.Sequence sequence, int tokens) {
    Tensor codes = layers.get(layer).codes();
    Tensor pages = Tensors.indices(sequence.pages(tokens), codes.device());
    Tensor scales =
        layers
            .get(layer)
            .scales()
            .unflatten(2, codes.size(1), PAGE)
            .index_select(2, pages)
            .permute(0, 2, 1, 3)
            .unsqueeze(4);
    return codes
        .index_select(1, pages)
        .to(ScalarType.Float)
        .mul_(scales)
        .transpose(2, 3)
        .flatten(1, 2)
        .narrow(1, 0, tokens);
  }

  @Override
  public void copy(int from, int[] to) {
    for (Layer layer : layers) {
      try (var scope = new PointerScope()) {
        for (int page : to) {
          layer.codes().select(1, page).copy_(layer.codes().select(1, from));
          layer
              .scales()
              .narrow(2, (long) page * PAGE, PAGE)
              .copy_(layer.scales().narrow(2, (long) from * PAGE, PAGE));
        }
      }
    }
  }

  @Override
  public void noise() {
    for (Layer layer : layers) {
      layer.codes().random_(-127, new LongOptional(128));
      layer.scales().fill_(new Scalar(1 / LARGEST));
    }
  }
}
