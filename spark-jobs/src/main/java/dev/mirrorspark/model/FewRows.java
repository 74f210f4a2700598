package dev.mirrorspark.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A decoder's layers for one new token of each of a few sequences, in host memory in fp32.
 *
 * <p>Norms, rotary positions and sums are computed in Java, on arrays: at this size a launch of
 * LibTorch takes longer than what it launches. What is left to native code are products, attention
 * and SiLU, in memory that stays.
 */
final class FewRows implements AutoCloseable {

  /** The weights of a layer: vectors as copies, matrices where they lie. */
  private record Layer(
      float[] inputNorm,
      Products.Weight qkv,
      Optional<float[]> qkvBias,
      Optional<float[]> qkNorm,
      Products.Weight output,
      Optional<float[]> outputBias,
      float[] postNorm,
      Products.Weight gateUp,
      Products.Weight down) {

    static Layer of(Parameters.Layer layer, Kept kept) {
      return new Layer(
          Tensors.floats(layer.inputNorm()),
          Products.Weight.of(layer.qkv(), kept),
          layer.qkvBias().map(Tensors::floats),
          layer.qkNorm().map(Tensors::floats),
          Products.Weight.of(layer.output(), kept),
          layer.outputBias().map(Tensors::floats),
          Tensors.floats(layer.postNorm()),
          Products.Weight.of(layer.gateUp(), kept),
          Products.Weight.of(layer.down(), kept));
    }
  }

  /** Rows in native memory that stay {@code [MOST, width]}. */
  private static final class Room {
    final Tensor tensor;
    final FloatPointer pointer;
    final FloatBuffer buffer;
    final int width;

    Room(int width, Kept kept) {
      this.width = width;
      this.tensor = kept.keep(NativeBytes.empty((long) MOST * width, ScalarType.Float));
      this.pointer = kept.keep(tensor.data_ptr_float());
      this.buffer = tensor.createBuffer();
    }

    /** The first rows {@code [rows, width]}. */
    Tensor first(int rows) {
      return tensor.view(MOST, width).narrow(0, 0, rows);
    }

    Products.Rows rows(int count) {
      return new Products.Rows(pointer, width, count);
    }
  }

  /** Most rows. */
  static final int MOST = Products.FEW_OF_MEMORY;

  private final Kept kept = new Kept();
  private final ModelShape shape;
  private final int d;
  private final List<Layer> layers = new ArrayList<>();
  private final float[] norm;
  private final Room normed;
  private final Room qkv;
  private final Room gateUp;
  private final Room sums;
  private final float[] row;
  private final float[] summand;

  FewRows(Parameters parameters) {
    this.shape = parameters.shape();
    this.d = shape.headDim();
    try (var scope = new PointerScope()) {
      for (int i = 0; i < shape.layers(); i++) {
        layers.add(Layer.of(parameters.layer(i), kept));
      }
      this.norm = Tensors.floats(parameters.norm());
      this.normed = new Room(shape.hidden(), kept);
      this.qkv = new Room(shape.queryWidth() + 2 * shape.keyWidth(), kept);
      this.gateUp = new Room(2 * shape.intermediate(), kept);
      this.sums = new Room(shape.hidden(), kept);
    }
    this.row = new float[Math.max(qkv.width, shape.hidden())];
    this.summand = new float[MOST * shape.hidden()];
  }

  /**
   * Whether these parameters' weights stay in no cache, so that few rows cost what reading does.
   */
  static boolean suit(Parameters parameters, long inMemory) {
    Tensor flat = parameters.flat();
    return !flat.is_cuda()
        && Tensors.type(flat) == ScalarType.Float
        && parameters.layer(0).gateUp().numel() >= inMemory;
  }

  /**
   * What the layers and the last norm make of embeddings.
   *
   * @param embedded {@code [n, hidden]}, n at most {@link #MOST}
   * @return {@code [n, hidden]}, in memory that the next call overwrites
   */
  Tensor step(Tensor embedded, Rotary.Turn turn, CachePages.Step attention) {
    int n = (int) embedded.size(0);
    float[] x = Tensors.floats(embedded);
    float[] cos = Tensors.floats(turn.cos());
    float[] sin = Tensors.floats(turn.sin());
    long[] heads = {n, qkv.width / d, d};
    Tensor projected = qkv.first(n).view(heads);
    Tensor gate = gateUp.first(n).narrow(1, 0, shape.intermediate());
    Tensor up = gateUp.first(n).narrow(1, shape.intermediate(), shape.intermediate());
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      norm(x, n, layer.inputNorm());
      Products.few(qkv.rows(n), normed.rows(n), layer.qkv());
      for (int r = 0; r < n; r++) {
        turn(layer, shape.rotary(i), r, cos, sin);
      }
      try (var scope = new PointerScope()) {
        FloatPointer mixed = attention.attend(i, projected).data_ptr_float();
        var from = new Products.Rows(mixed, shape.queryWidth(), n);
        Products.few(sums.rows(n), from, layer.output());
      }
      add(x, n, layer.outputBias());
      norm(x, n, layer.postNorm());
      Products.few(gateUp.rows(n), normed.rows(n), layer.gateUp());
      torch.silu_(gate);
      gate.mul_(up);
      Products.few(sums.rows(n), gateUp.rows(n), layer.down());
      add(x, n, Optional.empty());
    }
    norm(x, n, norm);
    return normed.first(n);
  }

  /** RMSNorm of each row of x, to {@link #normed}. */
  private void norm(float[] x, int n, float[] weight) {
    int width = weight.length;
    for (int r = 0; r < n; r++) {
      scaled(x, r * width, row, 0, weight, 0, width);
      normed.buffer.put(r * width, row, 0, width);
    }
  }

  /** x / √(mean(x²) + ε) · weight of {@code count} elements, in place or not. */
  private void scaled(
      float[] x, int from, float[] to, int at, float[] weight, int first, int count) {
    double even = 0;
    double odd = 0;
    for (int i = 0; i + 1 < count; i += 2) { // two sums, which do not wait for each other
      even += (double) x[from + i] * x[from + i];
      odd += (double) x[from + i + 1] * x[from + i + 1];
    }
    if (count % 2 > 0) {
      even += (double) x[from + count - 1] * x[from + count - 1];
    }
    float scale = (float) (1 / Math.sqrt((even + odd) / count + shape.rmsNormEps()));
    for (int i = 0; i < count; i++) {
      to[at + i] = x[from + i] * scale * weight[first + i];
    }
  }

  /** Biases, norms and rotary positions of a row of {@link #qkv}. */
  private void turn(Layer layer, boolean rotary, int r, float[] cos, float[] sin) {
    int width = qkv.width;
    qkv.buffer.get(r * width, row, 0, width);
    if (layer.qkvBias().isPresent()) {
      float[] bias = layer.qkvBias().get();
      for (int i = 0; i < width; i++) {
        row[i] += bias[i];
      }
    }
    for (int head = 0; head < shape.heads() + shape.kvHeads(); head++) {
      if (layer.qkNorm().isPresent()) {
        int first = head < shape.heads() ? 0 : d;
        scaled(row, head * d, row, head * d, layer.qkNorm().get(), first, d);
      }
      if (rotary) {
        int half = d / 2;
        int low = head * d;
        int at = r * d;
        for (int i = 0; i < half; i++) {
          float a = row[low + i];
          float b = row[low + half + i];
          row[low + i] = a * cos[at + i] - b * sin[at + half + i];
          row[low + half + i] = b * cos[at + half + i] + a * sin[at + i];
        }
      }
    }
    qkv.buffer.put(r * width, row, 0, width);
  }

  /** Adds {@link #sums}, and a bias where there is one, to x. */
  private void add(float[] x, int n, Optional<float[]> bias) {
    int width = shape.hidden();
    sums.buffer.get(0, summand, 0, n * width);
    for (int i = 0; i < n * width; i++) {
      x[i] += summand[i];
    }
    if (bias.isPresent()) {
      float[] values = bias.get();
      for (int r = 0; r < n; r++) {
        for (int i = 0; i < width; i++) {
          x[r * width + i] += values[i];
        }
      }
    }
  }

  @Override
  public void close() {
    kept.close();
  }
}
