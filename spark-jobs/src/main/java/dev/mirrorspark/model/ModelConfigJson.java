package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code config.json} of a decoder and the {@link ModelShape} it states; the {@link Family} is
 * found by the architecture's name.
 *
 * <p>A setting that changes the forward pass and that the decoder does not compute is refused by
 * name, never ignored; so is a key that nobody knows, unless it is null, false, 0 or empty.
 */
public final class ModelConfigJson {
  /** Keys that change no logit: names, versions, token ids, training and sampling settings. */
  private static final Set<String> HARMLESS =
      Set.of(
          "_attn_implementation",
          "_attn_implementation_autoset",
          "_commit_hash",
          "_flash_attn_2_enabled",
          "_name_or_path",
          "architectures",
          "attention_dropout", // of training with dropout, which this project has not
          "attn_implementation",
          "bos_token_id",
          "decoder_start_token_id",
          "do_sample",
          "dtype",
          "embd_pdrop",
          "eos_token_id",
          "finetuning_task",
          "gradient_checkpointing",
          "hidden_dropout",
          "id2label",
          "initializer_range",
          "is_decoder",
          "is_llama_config",
          "is_qwen2_config",
          "label2id",
          "max_length",
          "max_window_layers",
          "model_max_length",
          "name",
          "neftune_noise_alpha",
          "num_beams",
          "num_return_sequences",
          "pad_token_id",
          "pretraining_tp", // splits products that add up to the same
          "problem_type",
          "repetition_penalty",
          "resid_pdrop",
          "return_dict",
          "task_specific_params",
          "temperature",
          "tokenizer_class",
          "top_k",
          "top_p",
          "torch_dtype",
          "transformers.js_config",
          "transformers_version",
          "unk_token_id",
          "unsloth_fixed",
          "unsloth_version",
          "use_bfloat16",
          "use_cache");

  private ModelConfigJson() {}

  /**
   * Reads the shape.
   *
   * @throws UserError if a key is missing, wrong or unknown, or the model needs what the decoder
   *     lacks
   */
  public static ModelShape read(Path file) {
    return read(Storage.local(), file.toString());
  }

  /** As {@link #read(Path)}, of a file of any file system. */
  public static ModelShape read(Storage storage, String file) {
    var config = ConfigFields.of(storage, file);
    Family family = family(config);
    refuseUnsupported(config);
    int hidden = config.positive("hidden_size");
    int layers = config.positive("num_hidden_layers");
    int heads = config.positive("num_attention_heads");
    int kvHeads =
        config.present("num_key_value_heads") || !family.everyHeadHasKeys()
            ? config.positive("num_key_value_heads")
            : heads;
    if (heads % kvHeads != 0) {
      throw config.fault(
          "num_attention_heads", "must be a multiple of num_key_value_heads " + kvHeads);
    }
    int headDim = config.positive("head_dim", family.headDim(hidden, heads));
    if (headDim == hidden / heads && !config.present("head_dim") && hidden % heads != 0) {
      throw config.fault("hidden_size", "must be a multiple of num_attention_heads " + heads);
    }
    if (headDim % 2 != 0) {
      throw config.fault("head_dim", "must be even");
    }
    int maxPositions = config.positive("max_position_embeddings");
    var shape =
        new ModelShape(
            family.name(),
            config.positive("vocab_size"),
            hidden,
            layers,
            heads,
            kvHeads,
            headDim,
            config.positive("intermediate_size"),
            maxPositions,
            family.seesPictures()
                ? VisionJson.rope(config, family.theta())
                : RopeJson.read(config, maxPositions, family.theta()),
            config.number("rms_norm_eps", 1e-6),
            family.read(config, layers),
            config.flag("tie_word_embeddings", family.tied()));
    if (family.seesPictures()) {
      shape = shape.with(VisionJson.read(config, hidden, headDim));
    }
    config.refuseOthers(HARMLESS);
    return shape;
  }

  private static Family family(ConfigFields config) {
    JsonNode architectures = config.node("architectures");
    String name = architectures.size() == 1 ? architectures.path(0).asText() : "";
    Family family =
        Family.ALL.stream()
            .filter(known -> known.architecture().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    config.fault(
                        "architectures",
                        "not supported; one of "
                            + Family.ALL.stream()
                                .map(Family::architecture)
                                .collect(Collectors.joining(", "))
                            + " is"));
    if (config.present("model_type") && !config.node("model_type").asText().equals(family.name())) {
      throw config.fault("model_type", "should be " + family.name() + " for a " + name);
    }
    return family;
  }

  private static void refuseUnsupported(ConfigFields config) {
    if (!config.node("hidden_act").asText("silu").equals("silu")) {
      throw config.fault("hidden_act", "only silu is supported");
    }
    if (config.present("quantization_config")) {
      throw config.fault("quantization_config", "quantized weights are not supported");
    }
    if (config.present("auto_map")) {
      throw config.fault(
          "auto_map",
          "a model with code of its own is not supported; remove the key if the architecture is"
              + " the one of Transformers");
    }
  }

  /**
   * Writes the shape.
   *
   * @param bos id of the begin-of-sequence token, if the tokenizer has one
   * @param eos ids of the tokens that end a response
   * @throws IllegalArgumentException if no model of its family has that shape
   */
  public static void write(
      Storage storage, String file, ModelShape shape, DType dtype, OptionalInt bos, int[] eos) {
    Family family = Family.named(shape.family());
    ObjectNode root = JsonFiles.object();
    root.putArray("architectures").add(family.architecture());
    root.put("model_type", family.name());
    root.put("vocab_size", shape.vocab());
    root.put("hidden_size", shape.hidden());
    root.put("intermediate_size", shape.intermediate());
    root.put("num_hidden_layers", shape.layers());
    root.put("num_attention_heads", shape.heads());
    root.put("num_key_value_heads", shape.kvHeads());
    root.put("head_dim", shape.headDim());
    root.put("max_position_embeddings", shape.maxPositions());
    root.put("rms_norm_eps", shape.rmsNormEps());
    if (shape.vision().present()) {
      VisionJson.write(shape, root);
    } else {
      RopeJson.write(shape.rope(), root);
    }
    root.put("hidden_act", "silu");
    root.put("tie_word_embeddings", shape.tiedEmbeddings());
    family.write(shape.attention(), root);
    TokenIds.put(root, bos, eos);
    root.put("torch_dtype", dtype.torchName());
    JsonFiles.write(storage, file, root);
  }

  /** As above, a file of this machine. */
  public static void write(Path file, ModelShape shape, DType dtype, OptionalInt bos, int[] eos) {
    write(Storage.local(), file.toString(), shape, dtype, bos, eos);
  }
}
