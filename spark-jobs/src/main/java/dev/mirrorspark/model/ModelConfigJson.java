package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * {@code config.json} of a {@code LlamaForCausalLM} or {@code Qwen2ForCausalLM} and the {@link
 * ModelShape} it states.
 *
 * <p>A setting that changes the forward pass and that the decoder does not compute is refused by
 * name, never ignored.
 */
public final class ModelConfigJson {
  private static final Map<String, String> FAMILIES =
      Map.of("LlamaForCausalLM", "llama", "Qwen2ForCausalLM", "qwen2");

  private final String file;
  private final ObjectNode root;

  private ModelConfigJson(Storage storage, String file) {
    this.file = file;
    this.root = JsonFiles.read(storage, file);
  }

  /**
   * Reads the shape.
   *
   * @throws UserError if a key is missing or wrong, or the model needs what the decoder lacks
   */
  public static ModelShape read(Storage storage, String file) {
    return new ModelConfigJson(storage, file).shape();
  }

  /** As {@link #read(Storage, String)}, of a file of this machine. */
  public static ModelShape read(Path file) {
    return read(Storage.local(), file.toString());
  }

  /**
   * Writes the shape.
   *
   * @param bos id of the begin-of-sequence token, if the tokenizer has one
   * @param eos ids of the tokens that end a response
   */
  public static void write(
      Storage storage, String file, ModelShape shape, DType dtype, OptionalInt bos, int[] eos) {
    ObjectNode root = JsonFiles.object();
    boolean qwen2 = shape.family().equals("qwen2");
    if (qwen2 ? !shape.qkvBias() || shape.outputBias() : shape.qkvBias() != shape.outputBias()) {
      throw new IllegalArgumentException(
          "no "
              + shape.family()
              + " has qkvBias="
              + shape.qkvBias()
              + " and outputBias="
              + shape.outputBias());
    }
    root.putArray("architectures").add(qwen2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM");
    root.put("model_type", shape.family());
    root.put("vocab_size", shape.vocab());
    root.put("hidden_size", shape.hidden());
    root.put("intermediate_size", shape.intermediate());
    root.put("num_hidden_layers", shape.layers());
    root.put("num_attention_heads", shape.heads());
    root.put("num_key_value_heads", shape.kvHeads());
    root.put("head_dim", shape.headDim());
    root.put("max_position_embeddings", shape.maxPositions());
    root.put("rms_norm_eps", shape.rmsNormEps());
    root.put("rope_theta", shape.ropeTheta());
    root.put("hidden_act", "silu");
    root.put("tie_word_embeddings", shape.tiedEmbeddings());
    if (qwen2) {
      root.put("use_sliding_window", false);
    } else {
      root.put("attention_bias", shape.qkvBias());
      root.put("mlp_bias", false);
    }
    TokenIds.put(root, bos, eos);
    root.put("torch_dtype", dtype.torchName());
    JsonFiles.write(storage, file, root);
  }

  /** As above, a file of this machine. */
  public static void write(Path file, ModelShape shape, DType dtype, OptionalInt bos, int[] eos) {
    write(Storage.local(), file.toString(), shape, dtype, bos, eos);
  }

  private ModelShape shape() {
    String family = family();
    refuseUnsupported(family);
    int hidden = positive("hidden_size");
    int heads = positive("num_attention_heads");
    int kvHeads = present("num_key_value_heads") ? positive("num_key_value_heads") : heads;
    if (heads % kvHeads != 0) {
      throw fault("num_attention_heads", "must be a multiple of num_key_value_heads " + kvHeads);
    }
    if (!present("head_dim") && hidden % heads != 0) {
      throw fault("hidden_size", "must be a multiple of num_attention_heads " + heads);
    }
    int headDim = present("head_dim") ? positive("head_dim") : hidden / heads;
    if (headDim % 2 != 0) {
      throw fault("head_dim", "must be even");
    }
    boolean llamaBias = family.equals("llama") && flag("attention_bias");
    return new ModelShape(
        family,
        positive("vocab_size"),
        hidden,
        positive("num_hidden_layers"),
        heads,
        kvHeads,
        headDim,
        positive("intermediate_size"),
        positive("max_position_embeddings"),
        ropeTheta(),
        number("rms_norm_eps", root.path("rms_norm_eps"), 1e-6),
        family.equals("qwen2") || llamaBias,
        llamaBias,
        flag("tie_word_embeddings"));
  }

  private String family() {
    JsonNode architectures = root.path("architectures");
    String name = architectures.path(0).asText("");
    String family = FAMILIES.get(name);
    if (family == null || architectures.size() != 1) {
      throw new UserError(
          file
              + ": architectures: "
              + (architectures.isMissingNode() ? "missing" : architectures)
              + " is not supported; LlamaForCausalLM and Qwen2ForCausalLM are");
    }
    return family;
  }

  private void refuseUnsupported(String family) {
    if (!root.path("hidden_act").asText("silu").equals("silu")) {
      throw fault("hidden_act", "only silu is supported");
    }
    if (flag("mlp_bias")) {
      throw fault("mlp_bias", "biases in the feed-forward layers are not supported");
    }
    if (present("rope_scaling") && !plainRope(root.get("rope_scaling"))) {
      throw fault("rope_scaling", "scaled rotary positions are not supported");
    }
    if (present("rope_parameters") && !plainRope(root.get("rope_parameters"))) {
      throw fault("rope_parameters", "scaled rotary positions are not supported");
    }
    if (root.path("partial_rotary_factor").asDouble(1) != 1) {
      throw fault("partial_rotary_factor", "only 1 is supported");
    }
    boolean slides =
        family.equals("qwen2") ? flag("use_sliding_window") : present("sliding_window");
    if (slides) {
      throw fault(
          family.equals("qwen2") ? "use_sliding_window" : "sliding_window",
          "sliding-window attention is not supported");
    }
    for (JsonNode type : root.path("layer_types")) {
      if (!type.asText().equals("full_attention")) {
        throw fault("layer_types", "only full_attention is supported");
      }
    }
    if (present("quantization_config")) {
      throw fault("quantization_config", "quantized weights are not supported");
    }
  }

  private static boolean plainRope(JsonNode rope) {
    JsonNode type =
        rope.path("rope_type").isMissingNode() ? rope.path("type") : rope.path("rope_type");
    return type.asText("default").equals("default")
        && rope.path("factor").asDouble(1) == 1
        && rope.path("partial_rotary_factor").asDouble(1) == 1;
  }

  private double ropeTheta() {
    return present("rope_theta")
        ? number("rope_theta", root.get("rope_theta"), 0)
        : number("rope_parameters", root.path("rope_parameters").path("rope_theta"), 10_000);
  }

  private boolean present(String key) {
    return root.hasNonNull(key);
  }

  private int positive(String key) {
    JsonNode node = root.path(key);
    if (!node.canConvertToInt() || !node.isIntegralNumber() || node.intValue() <= 0) {
      throw fault(key, "must be a positive integer");
    }
    return node.intValue();
  }

  private double number(String key, JsonNode node, double absent) {
    if (node.isMissingNode() || node.isNull()) {
      return absent;
    }
    if (!node.isNumber() || !(node.doubleValue() > 0)) {
      throw fault(key, "must be a positive number");
    }
    return node.doubleValue();
  }

  private boolean flag(String key) {
    JsonNode node = root.path(key);
    if (node.isMissingNode() || node.isNull()) {
      return false;
    }
    if (!node.isBoolean()) {
      throw fault(key, "must be true or false");
    }
    return node.booleanValue();
  }

  private UserError fault(String key, String what) {
    JsonNode value = root.path(key);
    return new UserError(
        file + ": " + key + ": " + (value.isMissingNode() ? "missing" : value) + ": " + what);
  }
}
