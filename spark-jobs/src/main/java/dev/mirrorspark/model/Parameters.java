package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.model.Projection.Adapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
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
      Tensor down,
      Beside adapters) {

    Projection qkvProjection() {
      return new Projection(qkv, adapters.qkv());
    }

    Projection outputProjection() {
      return new Projection(output, adapters.output());
    }

    Projection gateUpProjection() {
      return new Projection(gateUp, adapters.gateUp());
    }

    Projection downProjection() {
      return new Projection(down, adapters.down());
    }
  }

  /** The adapters beside the four products of a layer. */
  record Beside(List<Adapter> qkv, List<Adapter> output, List<Adapter> gateUp, List<Adapter> down) {
    static final Beside NONE = new Beside(List.of(), List.of(), List.of(), List.of());
  }

  private final Kept kept = new Kept();
  private final ModelShape shape;
  private final ParameterLayout layout;
  private final Tensor flat;
  private final Optional<Tensor> gradient;
  private final Optional<Adapters> adapters;
  private final Tensor embedding;
  private final List<Layer> layers = new ArrayList<>();
  private final Tensor norm;
  private final Tensor head;

  /**
   * @param flat all parameters, or no element: the gradient of frozen ones
   * @param adapters without a value all parameters are trained if {@code trainable}, else these
   */
  private Parameters(
      ModelShape shape, Tensor flat, Optional<Adapters> adapters, boolean trainable) {
    this.shape = shape;
    this.layout = ParameterLayout.of(shape);
    this.adapters = adapters;
    if (flat.numel() != layout.size() && (adapters.isEmpty() || flat.numel() > 0)) {
      throw new IllegalArgumentException(
          "flat buffer has " + flat.numel() + " elements, the shape needs " + layout.size());
    }
    try (var scope = new PointerScope()) {
      this.flat = flat;
      Tensor trained = adapters.map(Adapters::flat).orElse(flat);
      this.gradient = trainable ? Optional.of(kept.keep(zeros(trained))) : Optional.empty();
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
    return new Parameters(shape, flat, Optional.empty(), false);
  }

  /** Leaves that collect their gradient in {@link #gradient()}. */
  public static Parameters trainable(ModelShape shape, Tensor flat) {
    return new Parameters(shape, flat, Optional.empty(), true);
  }

  /**
   * Frozen parameters with trainable adapters beside them, whose gradient alone is collected, in
   * {@link #gradient()}.
   *
   * @param base all parameters {@code [layout.size()]}, never written
   * @param adapters {@code [size]} of {@link ParameterLayout#ofAdapters}, of the same type
   */
  public static Parameters adapted(
      ModelShape shape, Tensor base, LoraConfig lora, Tensor adapters) {
    return new Parameters(shape, base, Optional.of(Adapters.of(shape, lora, adapters)), true);
  }

  private static Tensor zeros(Tensor flat) {
    ScalarType type = Tensors.type(flat);
    return flat.new_zeros(
        new long[] {flat.numel()},
        new TensorOptions(type == ScalarType.BFloat16 ? ScalarType.Float : type));
  }

  /** The gradient seen as parameters; views of nothing of use if these are frozen. */
  Parameters gradientViews() {
    if (adapters.isPresent() && gradient.isPresent()) {
      Tensor none = kept.keep(gradient.get().narrow(0, 0, 0));
      var views = Adapters.of(shape, adapters.get().lora(), gradient.get());
      return new Parameters(shape, none, Optional.of(views), false);
    }
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
        view(prefix + "mlp.down_proj.weight"),
        adapters.map(all -> beside(all, prefix)).orElse(Beside.NONE));
  }

  private Beside beside(Adapters all, String prefix) {
    String attention = prefix + "self_attn.";
    return new Beside(
        all.beside(
            layout,
            kept,
            attention + "q_proj.weight",
            attention + "k_proj.weight",
            attention + "v_proj.weight"),
        all.beside(layout, kept, attention + "o_proj.weight"),
        all.beside(layout, kept, prefix + "mlp.gate_proj.weight", prefix + "mlp.up_proj.weight"),
        all.beside(layout, kept, prefix + "mlp.down_proj.weight"));
  }

  private Tensor view(String name) {
    return span(name, layout.entry(name).shape());
  }

  /** A view of the given shape that begins at the named tensor and may run over its neighbours. */
  private Tensor span(String first, long... extents) {
    if (flat.numel() == 0) {
      return flat;
    }
    long size = 1;
    for (long extent : extents) {
      size *= extent;
    }
    long offset = layout.entry(first).offset();
    Tensor leaf = kept.keep(flat.narrow(0, offset, size).view(extents).detach());
    if (adapters.isEmpty()
        && gradient.isPresent()
        && Tensors.type(gradient.get()) == Tensors.type(flat)) {
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
   * The gradient {@code [size]} of all that is trained, summed over all backward passes since it
   * was last zeroed.
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

  /**
   * Logits {@code [n, vocab]} of which those of rows that are no token are −∞, in place. The
   * product is made with all rows: a whole number of them keeps it fast on a GPU.
   */
  Tensor ofTokens(Tensor logits) {
    int further = shape.vocab() - shape.tokens();
    if (further > 0) {
      logits.narrow(1, shape.tokens(), further).fill_(new Scalar(Double.NEGATIVE_INFINITY));
    }
    return logits;
  }

  /** Frees the views and the gradient; the flat buffer belongs to the caller. */
  @Override
  public void close() {
    kept.close();
  }
}
