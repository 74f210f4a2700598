package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void qwen2HasBiasesAndNoWindow() throws IOException {
    String qwen2 = LLAMA.replace("Llama", "Qwen2");
    var shape =
        new ModelShape("qwen2", 512, 64, 5, 8, 4, 8, 172, 512, 10_000, 1e-5, true, false, false);
    assertEquals(shape, read(qwen2));
    assertEquals(
        shape, read(with(qwen2, "sliding_window", "32768, \"use_sliding_window\": false")));
    var error =
        assertThrows(UserError.class, () -> read(with(qwen2, "use_sliding_window", "true")));
    assertTrue(error.getMessage().contains("use_sliding_window: true"), error.getMessage());
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
        "architectures | [\"MistralForCausalLM\"] | architectures: [\"MistralForCausalLM\"]",
        "hidden_act | \"gelu\" | hidden_act: \"gelu\": only silu",
        "mlp_bias | true | mlp_bias: true",
        "attention_bias | 1 | attention_bias: 1: must be true or false",
        "rope_scaling | {\"rope_type\":\"llama3\",\"factor\":8.0} | rope_scaling: {",
        "rope_scaling | {\"type\":\"linear\",\"factor\":2.0} | rope_scaling: {",
        "partial_rotary_factor | 0.5 | partial_rotary_factor: 0.5",
        "sliding_window | 4096 | sliding_window: 4096",
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
