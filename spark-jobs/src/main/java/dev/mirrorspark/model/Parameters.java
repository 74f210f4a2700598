package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A decoder's parameters as views of one flat tensor {@code [size]}.
 *
 * <p>Trainable parameters are leaves of their own with their own flat gradient buffer, so that two
 * tasks of one process that share the weights never share a leaf.
 */
public final class Parameters implements AutoCloseable {

  /**
   * Views of one layer; {@code qkv}, {@code qkNorm} {@code [2, headDim]} and {@code gateUp} each
   * span neighbouring named tensors.
   */
  record Layer(
      Tensor inputNorm,
      Tensor qkv,
      Optional<Tensor> qkvBias,
      Optional<Tensor> qkNorm,
      Tensor output,
      Optional<Tensor> outputBias,
      Tensor postNorm,
      Tensor gateUp,
      Tensor down) {}

  private final Kept kept = new Kept();
  private final ModelShape shape;
  private final ParameterLayout layout;
  private final Tensor flat;
  private final Optional<Tensor> gradient;
  private final Tensor embedding;
  private final List<Layer> layers = new ArrayList<>();
  private final Tensor norm;
  private final Tensor head;

  private Parameters(ModelShape shape, Tensor flat, boolean trainable) {
    this.shape = shape;
    this.layout = ParameterLayout.of(shape);
    if (flat.numel() != layout.size()) {
      throw new IllegalArgumentException(
          "flat buffer has " + flat.numel() + " elements, the shape needs " + layout.size());
    }
    try (var scope = new PointerScope()) {
      this.flat = flat;
      this.gradient = trainable ? Optional.of(kept.keep(zeros(flat))) : Optional.empty();
      this.embedding = view("model.embed_tokens.weight");
      for (int i = 0; i < shape.layers(); i++) {
        layers.add(layer("model.layers." + i + "."));
      }
      this.norm = view("model.norm.weight");
      this.head = shape.tiedEmbeddings() ? embedding : view("lm_head.weight");
    }
  }

  /** Read-only views, as decoding needs them. */
  public static Parameters frozen(ModelShape shape, Tensor flat) {
    return new Parameters(shape, flat, false);
  }

  /** Leaves that collect their gradient in {@link #gradient()}. */
  public static Parameters trainable(ModelShape shape, Tensor flat) {
    return new Parameters(shape, flat, true);
  }

  private static Tensor zeros(Tensor flat) {
    ScalarType type = Tensors.type(flat);
    return flat.new_zeros(
        new long[] {flat.numel()},
        new TensorOptions(type == ScalarType.BFloat16 ? ScalarType.Float : type));
  }

  /** The gradient seen as parameters; views of nothing of use if these are frozen. */
  Parameters gradientViews() {
    return frozen(shape, gradient.orElse(flat));
  }

  private Layer layer(String prefix) {
    String attention = prefix + "self_attn.";
    long width = shape.queryWidth() + 2L * shape.keyWidth();
    return new Layer(
        view(prefix + "input_layernorm.weight"),
        span(attention + "q_proj.weight", width, shape.hidden()),
        shape.qkvBias() ? Optional.of(span(attention + "q_proj.bias", width)) : Optional.empty(),
        shape.qkNorm()
            ? Optional.of(span(attention + "q_norm.weight", 2, shape.headDim()))
            : Optional.empty(),
        view(attention + "o_proj.weight"),
        shape.outputBias() ? Optional.of(view(attention + "o_proj.bias")) : Optional.empty(),
        view(prefix + "post_attention_layernorm.weight"),
        span(prefix + "mlp.gate_proj.weight", 2L * shape.intermediate(), shape.hidden()),
        view(prefix + "mlp.down_proj.weight"));
  }

  private Tensor view(String name) {
    return span(name, layout.entry(name).shape());
  }

  /** A view of the given shape that begins at the named tensor and may run over its neighbours. */
  private Tensor span(String first, long... extents) {
    long size = 1;
    for (long extent : extents) {
      size *= extent;
    }
    long offset = layout.entry(first).offset();
    Tensor leaf = kept.keep(flat.narrow(0, offset, size).view(extents).detach());
    if (gradient.isPresent() && Tensors.type(gradient.get()) == Tensors.type(flat)) {
      leaf.requires_grad_(true);
      leaf.mutable_grad().put(gradient.get().narrow(0, offset, size).view(extents));
    }
    return leaf;
  }

  /** All parameters {@code [size]}. */
  public Tensor flat() {
    return flat;
  }

  /**
   * The gradient {@code [size]}, summed over all backward passes since it was last zeroed.
   *
   * @throws IllegalStateException if these parameters are frozen
   */
  public Tensor gradient() {
    return gradient.orElseThrow(() -> new IllegalStateException("frozen parameters"));
  }

  public ModelShape shape() {
    return shape;
  }

  public ParameterLayout layout() {
    return layout;
  }

  Tensor embedding() {
    return embedding;
  }

  Layer layer(int index) {
    return layers.get(index);
  }

  Tensor norm() {
    return norm;
  }

  Tensor head() {
    return head;
  }

  /** Frees the views and the gradient; the flat buffer belongs to the caller. */
  @Override
  public void close() {
    kept.close();
  }
}
