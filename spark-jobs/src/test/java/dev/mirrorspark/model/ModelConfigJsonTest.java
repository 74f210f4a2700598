package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigJsonTest {
  private static final String LLAMA =
      """
      {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 172,
       "num_hidden_layers": 5, "num_attention_heads": 8, "num_key_value_heads": 4,
       "vocab_size": 512, "max_position_embeddings": 512, "rms_norm_eps": 1e-05,
       "rope_scaling": null, "hidden_act": "silu", "pretraining_tp": 1}
      """;

  @TempDir Path folder;

  private ModelShape read(String json) throws IOException {
    return ModelConfigJson.read(Files.writeString(folder.resolve("config.json"), json));
  }

  private static String with(String json, String key, String value) {
    return json.stripTrailing().replaceFirst("\\}$", ", \"" + key + "\": " + value + "}");
  }

  @Test
  void llamaWithItsDefaults() throws IOException {
    var shape =
        new ModelShape("llama", 512, 64, 5, 8, 4, 8, 172, 512, 10_000, 1e-5, false, false, false);
    assertEquals(shape, read(LLAMA));
    assertEquals(shape, read(with(LLAMA, "rope_theta", "10000")));
    assertEquals(
        new ModelShape("llama", 512, 64, 5, 8, 4, 16, 172, 512, 5e5, 1e-5, true, true, true),
        read(
            with(
                LLAMA,
                "head_dim",
                "16, \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 500000.0},"
                    + " \"attention_bias\": true, \"tie_word_embeddings\": true")));
  }

  @Test
  void qwen2HasBiasesAndAWindowWhereItIsInUse() throws IOException {
    String qwen2 = LLAMA.replace("Llama", "Qwen2");
    var shape =
        new ModelShape("qwen2", 512, 64, 5, 8, 4, 8, 172, 512, 10_000, 1e-5, true, false, false);
    assertEquals(shape, read(qwen2));
    assertEquals(shape, read(with(qwen2, "sliding_window", "32, \"use_sliding_window\": false")));
    String used = with(qwen2, "use_sliding_window", "true, \"max_window_layers\": 3");
    assertEquals("[0, 0, 0, 32, 32]", windows(read(with(used, "sliding_window", "32"))));
    // a window that no sequence outgrows is none
    assertEquals(shape, read(with(used, "sliding_window", "512")));
    assertEquals(shape, read(with(used, "sliding_window", "null")));
    String types = "[\"sliding_attention\", \"full_attention\", \"full_attention\",";
    types += " \"sliding_attention\", \"full_attention\"]";
    String listed = with(with(used, "sliding_window", "32"), "layer_types", types);
    assertEquals("[32, 0, 0, 32, 0]", windows(read(listed)));
  }

  private static String windows(ModelShape shape) {
    return IntStream.range(0, shape.layers()).map(shape::window).boxed().toList().toString();
  }

  @Test
  void mistralHasOneWindowForAllLayers() throws IOException {
    String mistral = LLAMA.replace("Llama", "Mistral");
    assertEquals(
        "[100, 100, 100, 100, 100]", windows(read(with(mistral, "sliding_window", "100"))));
    assertEquals("[0, 0, 0, 0, 0]", windows(read(with(mistral, "sliding_window", "null"))));
    // Transformers takes 4096 where the key is missing, here more than the positions
    assertEquals("[0, 0, 0, 0, 0]", windows(read(mistral)));
    String longer = mistral.replace("embeddings\": 512", "embeddings\": 8192");
    assertEquals("[4096, 4096, 4096, 4096, 4096]", windows(read(longer)));
  }

  @Test
  void smollm3LeavesRotaryPositionsOut() throws IOException {
    String smollm3 = LLAMA.replace("Llama", "SmolLM3");
    assertEquals("[true, true, true, false, true]", rotary(read(smollm3)));
    assertEquals(
        "[true, false, true, false, true]",
        rotary(read(with(smollm3, "no_rope_layer_interval", "2"))));
    String listed = with(smollm3, "no_rope_layers", "[0, 1, 1, 1, 0]");
    assertEquals("[false, true, true, true, false]", rotary(read(listed)));
    String slides = with(listed, "use_sliding_window", "true, \"sliding_window\": 64");
    assertEquals("[64, 0, 0, 0, 64]", windows(read(slides)));
    assertEquals(2e6, read(smollm3).rope().theta());
    assertTrue(read(smollm3).tiedEmbeddings());
  }

  private static String rotary(ModelShape shape) {
    return IntStream.range(0, shape.layers()).mapToObj(shape::rotary).toList().toString();
  }

  @Test
  void qwen3HasNormsAndHeadsOfTheirOwnWidth() throws IOException {
    var shape = read(LLAMA.replace("Llama", "Qwen3"));
    assertTrue(shape.qkNorm());
    assertFalse(shape.qkvBias());
    assertEquals(128, shape.headDim());
    assertTrue(read(with(LLAMA.replace("Llama", "Qwen3"), "attention_bias", "true")).outputBias());
  }

  /** The parameter counts are those that the models' pages give. */
  @ParameterizedTest
  @CsvSource({
    "Llama-3.2-1B-Instruct, 1235814400",
    "Llama-2-7b-hf, 6738415616",
    "TinyLlama-1.1B-Chat-v1.0, 1100048384",
    "SmolLM2-135M-Instruct, 134515008",
    "SmolLM3-3B, 3075098624",
    "Qwen2.5-0.5B, 494032768",
    "Qwen2.5-0.5B-Instruct, 494032768",
    "DeepSeek-R1-Distill-Qwen-1.5B, 1777088000",
    "Qwen3-0.6B, 596049920",
    "Qwen3-0.6B-transformers-5, 596049920",
    "Mistral-7B-Instruct-v0.3, 7248023552",
    "Mistral-7B-v0.1, 7241732096",
  })
  void publishedModelsAreRead(String name, long parameters) throws IOException {
    String json;
    try (var in = getClass().getResourceAsStream("configs/" + name + ".json")) {
      json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var shape = read(json);
    assertEquals(parameters, ParameterLayout.of(shape).size());
    assertEquals(name.equals("Mistral-7B-v0.1") ? 4096 : 0, shape.window(0));
    assertEquals(!name.equals("SmolLM3-3B"), shape.rotary(3));
    var scaling =
        name.startsWith("Llama-3.2")
            ? new RopeScaling.Llama3(32, 1, 4, 8192)
            : new RopeScaling.Plain();
    assertEquals(scaling, shape.rope().scaling());
    // and what is written says the same
    Path file = folder.resolve("written.json");
    ModelConfigJson.write(file, shape, DType.BF16, OptionalInt.of(1), new int[] {2});
    assertEquals(shape, ModelConfigJson.read(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\": \"linear\", \"factor\": 2.0}",
        "{\"rope_type\": \"linear\", \"type\": \"linear\", \"factor\": 2.0}",
        "{\"type\": \"dynamic\", \"factor\": 2.0}",
        "{\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
            + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 128}",
        "{\"type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 128}",
        "{\"rope_type\": \"yarn\", \"factor\": 4.0, \"truncate\": false, \"beta_fast\": 16,"
            + " \"mscale\": 1.0, \"mscale_all_dim\": 0.5}",
        "{\"rope_type\": \"default\"}",
        "{}",
      })
  void scaledPositionsAreReadInBothSpellings(String json) throws IOException {
    var older = read(with(LLAMA.replace("\"rope_scaling\": null, ", ""), "rope_scaling", json));
    String inside =
        json.replaceFirst("}$", (json.length() > 2 ? ", " : "") + "\"rope_theta\": 1e4}");
    var newer = read(with(LLAMA, "rope_parameters", inside));
    assertEquals(older, newer);
    assertEquals(newer, read(with(LLAMA, "rope_parameters", inside + ", \"rope_theta\": 1e4")));
    String byType = "{\"full_attention\": " + inside + ", \"sliding_attention\": " + inside + "}";
    assertEquals(newer, read(with(LLAMA, "rope_parameters", byType)));
    Path file = folder.resolve("written.json");
    ModelConfigJson.write(file, older, DType.F32, OptionalInt.empty(), new int[] {2});
    assertEquals(older, ModelConfigJson.read(file));
  }

  @Test
  void yarnKeepsTheEntropyOfAttentionAsItsPaperSays() throws IOException {
    String yarn = "{\"rope_type\": \"yarn\", \"rope_theta\": 1e6, \"factor\": 4.0%s}";
    assertEquals(1.1386294361119891, factor(yarn.formatted("")), 1e-12); // 0.1 ln 4 + 1
    assertEquals(0.5, factor(yarn.formatted(", \"attention_factor\": 0.5")));
    // (0.1 · 2 · ln 4 + 1) / (0.1 · ln 4 + 1)
    assertEquals(
        1.12175114, factor(yarn.formatted(", \"mscale\": 2, \"mscale_all_dim\": 1")), 1e-7);
  }

  private double factor(String rope) throws IOException {
    return read(with(LLAMA, "rope_parameters", rope)).rope().scaling().attentionFactor();
  }

  @ParameterizedTest
  @CsvSource({
    "llama, true, true",
    "llama, false, false",
    "qwen2, true, false",
  })
  void writtenShapeIsReadBack(String family, boolean qkvBias, boolean outputBias) {
    var shape =
        new ModelShape(family, 99, 24, 3, 6, 2, 10, 44, 128, 1e6, 1e-6, qkvBias, outputBias, true);
    Path file = folder.resolve("config.json");
    ModelConfigJson.write(file, shape, DType.F32, OptionalInt.empty(), new int[] {2, 3});
    assertEquals(shape, ModelConfigJson.read(file));
    assertEquals("[2,3]", JsonFiles.read(file).path("eos_token_id").toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "architectures | [\"MambaForCausalLM\"] | architectures: [\"MambaForCausalLM\"]: not",
        "architectures | null | architectures: null: not supported; one of LlamaForCausalLM",
        "model_type | \"qwen2\" | model_type: \"qwen2\": should be llama",
        "hidden_act | \"gelu\" | hidden_act: \"gelu\": only silu",
        "mlp_bias | true | mlp_bias: true",
        "attention_bias | 1 | attention_bias: 1: must be true or false",
        "rope_scaling | {\"rope_type\":\"llama3\",\"factor\":8.0} | rope_scaling.low_freq_factor: mis",
        "rope_scaling | {\"type\":\"linear\"} | rope_scaling.factor: missing",
        "rope_scaling | {\"type\":\"linear\",\"factor\":\"2\"} | rope_scaling.factor: \"2\": must be",
        "rope_scaling | {\"type\":\"su\",\"factor\":2} | rope_scaling.type: \"su\": not supported",
        "rope_scaling | {\"rope_type\":\"longrope\"} | rope_scaling.rope_type: \"longrope\": not",
        "rope_scaling | {\"factor\":2.0} | rope_scaling.factor: 2.0: a factor needs a rope_type",
        "rope_scaling | \"yarn\" | rope_scaling: \"yarn\": must be an object",
        "rope_scaling | [2] | rope_scaling: [2]: must be an object",
        "rope_scaling | {\"rope_type\":\"linear\",\"type\":\"yarn\",\"factor\":2} | rope_scaling.type",
        "rope_scaling | {\"type\":\"linear\",\"factor\":2,\"beta\":1} | rope_scaling.beta: 1: this key",
        "rope_scaling | {\"type\":\"dynamic\",\"factor\":2,\"original_max_position_embeddings\":64} |"
            + " rope_scaling.original_max_position_embeddings: 64: must be max_position_embeddings",
        "rope_parameters | {\"rope_theta\":5e5},\"rope_theta\":1e4 | rope_parameters.rope_theta: 5",
        "rope_parameters | {\"full_attention\":{\"rope_theta\":5e5},\"sliding_attention\":{}} |"
            + " rope_parameters: {",
        "rope_parameters | {\"full_attention\":{\"rope_theta\":5e5},\"rope_type\":\"default\"} |"
            + " rope_parameters.full_attention: {",
        "rope_parameters | {\"partial_rotary_factor\":0.5} | rope_parameters.partial_rotary_factor",
        "rope_parameters | {\"rope_theta\":1e4},\"rope_scaling\":{\"type\":\"linear\",\"factor\":2} |"
            + " rope_parameters: {",
        "original_max_position_embeddings | 64 | original_max_position_embeddings: 64: this key",
        "logit_scale | 0.5 | logit_scale: 0.5: this key is not known",
        "qk_layernorm | true | qk_layernorm: true: this key is not known",
        "clip_qkv | 8 | clip_qkv: 8: this key is not known",
        "alibi | \"yes\" | alibi: \"yes\": this key is not known",
        "moe | {\"experts\":2} | moe: {\"experts\":2}: this key is not known",
        "auto_map | {\"AutoModel\":\"m.Other\"} | auto_map: {",
        "partial_rotary_factor | 0.5 | partial_rotary_factor: 0.5",
        "sliding_window | 100 | sliding_window: 100",
        "layer_types | [\"sliding_attention\"] | layer_types: [",
        "quantization_config | {\"bits\":4} | quantization_config: {",
        "num_key_value_heads | 3 | num_attention_heads: 8: must be a multiple",
        "head_dim | 7 | head_dim: 7: must be even",
        "hidden_size | 60 | hidden_size: 60: must be a multiple",
        "hidden_size | \"64\" | hidden_size: \"64\": must be a positive integer",
        "vocab_size | null | vocab_size: null: must be a positive integer",
        "vocab_size | 0 | vocab_size: 0: must be a positive integer",
        "rms_norm_eps | -1 | rms_norm_eps: -1: must be a positive number",
      })
  void unsupportedSettingsAreRefusedByName(String key, String value, String message) {
    var error = assertThrows(UserError.class, () -> read(with(LLAMA, key, value)));
    assertTrue(error.getMessage().contains("config.json: " + message), error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "false", "0", "0.0", "\"\"", "[]", "{}"})
  void aKeyThatSaysNothingMayBeUnknown(String value) throws IOException {
    assertEquals(read(LLAMA), read(with(LLAMA, "some_new_key", value)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.mirrorspark.model.FamilyShapes#all")
  void everyFamilyIsReadAsItWasWritten(String name, ModelShape shape) {
    Path file = folder.resolve("config.json");
    ModelConfigJson.write(file, shape, DType.F32, OptionalInt.empty(), new int[] {2});
    assertEquals(shape, ModelConfigJson.read(file));
  }

  @Test
  void noFamilyIsWrittenWithWhatItCannotSay() {
    var shape = FamilyShapes.named("qwen3, mixed");
    var foreign = FamilyShapes.named("smollm3, windows and biases").attention();
    for (String family : List.of("llama", "qwen2", "mistral", "smollm3")) {
      var wrong =
          new ModelShape(family, 40, 24, 3, 4, 2, 10, 44, 64, 1e4, 1e-5, false, false, true)
              .with(family.equals("smollm3") ? shape.attention() : foreign);
      assertThrows(
          IllegalArgumentException.class,
          () ->
              ModelConfigJson.write(
                  folder.resolve("x"), wrong, DType.F32, OptionalInt.empty(), new int[] {2}),
          family);
    }
  }

  @Test
  void missingKeysAndBrokenJsonAreNamed() {
    var error = assertThrows(UserError.class, () -> read(LLAMA.replace("vocab_size", "vocab")));
    assertTrue(error.getMessage().contains("vocab_size: missing: "), error.getMessage());
    error = assertThrows(UserError.class, () -> read(LLAMA.substring(0, 120)));
    assertTrue(error.getMessage().contains("config.json: line 2: not JSON"), error.getMessage());
    error = assertThrows(UserError.class, () -> read("[]"));
    assertTrue(error.getMessage().contains("must hold a JSON object"), error.getMessage());
  }
}
