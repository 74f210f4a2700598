package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder as a GGUF file; llama.cpp itself has read the exported stories260K (docs/engines.md).
 */
class GgufExportTest {
  private static final Storage STORAGE = Storage.local();

  @TempDir private Path work;

  private GgufFile export(Path folder, DType type) throws IOException {
    Path file = work.resolve("out.gguf");
    GgufExport.write(STORAGE, folder.toString(), file.toString(), "name", type);
    return GgufFile.read(file);
  }

  private static float[] part(float[] flat, ParameterLayout.Entry entry) {
    return Arrays.copyOfRange(flat, (int) entry.offset(), (int) (entry.offset() + entry.size()));
  }

  /**
   * A query of llama.cpp turns elements 2i and 2i + 1 of a head together, the folder's i and i +
   * d/2: those are where the file has them.
   */
  @Test
  void queriesAndKeysOfALlamaChangeTheirRows() throws IOException {
    var shape =
        new ModelShape("llama", 40, 24, 2, 4, 2, 6, 44, 64, 1e4, 1e-5, false, false, false)
            .with(new Rope(1e4, new RopeScaling.Llama3(8, 1, 4, 16)));
    float[] flat = RandomCheckpoint.flat(shape, 3);
    var gguf =
        export(RandomCheckpoint.save(work, shape, flat, DType.F32, Long.MAX_VALUE), DType.F32);
    var layout = ParameterLayout.of(shape);
    for (String name : List.of("q", "k")) {
      float[] ours = part(flat, layout.entry("model.layers.1.self_attn." + name + "_proj.weight"));
      float[] theirs = gguf.values().get("blk.1.attn_" + name + ".weight");
      int heads = name.equals("q") ? 4 : 2;
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < 3; i++) {
          for (int c = 0; c < 24; c++) {
            assertEquals(ours[(h * 6 + i) * 24 + c], theirs[(h * 6 + 2 * i) * 24 + c]);
            assertEquals(ours[(h * 6 + 3 + i) * 24 + c], theirs[(h * 6 + 2 * i + 1) * 24 + c]);
          }
        }
      }
    }
    assertArrayEquals(
        part(flat, layout.entry("model.layers.0.mlp.down_proj.weight")),
        gguf.values().get("blk.0.ffn_down.weight"));
    assertArrayEquals(
        part(flat, layout.entry("lm_head.weight")), gguf.values().get("output.weight"));
    assertArrayEquals(new long[] {44, 24}, gguf.shapes().get("blk.0.ffn_down.weight"));
    // Llama 3.1's scaling: by what the plain frequencies are divided
    float[] divisors = gguf.values().get("rope_freqs.weight");
    double[] scaled = shape.rope().frequencies(6);
    for (int i = 0; i < 3; i++) {
      assertEquals(Math.pow(1e4, -i / 3.0) / scaled[i], divisors[i], 1e-5);
    }
    assertEquals(layout.entries().size() + 1, gguf.shapes().size());
  }

  @Test
  void theRowsOfAQwenStayAndItsBiasesComeAlong() throws IOException {
    var shape = new ModelShape("qwen2", 40, 24, 2, 4, 2, 6, 44, 64, 1e6, 1e-6, true, false, true);
    float[] flat = RandomCheckpoint.flat(shape, 4);
    var gguf =
        export(RandomCheckpoint.save(work, shape, flat, DType.F32, Long.MAX_VALUE), DType.F32);
    var layout = ParameterLayout.of(shape);
    for (String kind : List.of("weight", "bias")) {
      assertArrayEquals(
          part(flat, layout.entry("model.layers.1.self_attn.q_proj." + kind)),
          gguf.values().get("blk.1.attn_q." + kind));
    }
    assertFalse(gguf.shapes().containsKey("output.weight"), "tied");
    assertFalse(gguf.shapes().containsKey("rope_freqs.weight"));
    var of = gguf.metadata();
    assertEquals("qwen2", of.get("general.architecture"));
    assertEquals(64, of.get("qwen2.context_length"));
    assertEquals(2, of.get("qwen2.attention.head_count_kv"));
    assertEquals(1e6f, of.get("qwen2.rope.freq_base"));
    assertEquals(1e-6f, of.get("qwen2.attention.layer_norm_rms_epsilon"));
  }

  @Test
  void halvesAreHalfAsLongAndVectorsStayWhole() throws IOException {
    var shape = new ModelShape("qwen2", 40, 24, 1, 4, 2, 6, 44, 64, 1e6, 1e-6, true, false, true);
    Path folder =
        RandomCheckpoint.save(
            work, shape, RandomCheckpoint.flat(shape, 5), DType.F32, Long.MAX_VALUE);
    export(folder, DType.F32);
    long whole = Files.size(work.resolve("out.gguf"));
    var gguf = export(folder, DType.F16);
    long matrices = 40 * 24 + 2 * 24 * 24 + 2 * 12 * 24 + 3 * 44 * 24;
    assertEquals(whole - 2 * matrices, Files.size(work.resolve("out.gguf")), 32 * 14);
    assertTrue(gguf.values().containsKey("blk.0.attn_norm.weight"));
    assertFalse(gguf.values().containsKey("blk.0.ffn_up.weight"));
  }

  @Test
  void tokensKeepTheirIds() throws IOException {
    var stories = StoriesCheckpoint.require();
    var of = export(stories.folder(), DType.F32).metadata();
    var tokens = (List<?>) of.get("tokenizer.ggml.tokens");
    var types = (List<?>) of.get("tokenizer.ggml.token_type");
    var scores = (List<?>) of.get("tokenizer.ggml.scores");
    assertEquals(512, tokens.size());
    assertEquals("llama", of.get("tokenizer.ggml.model"));
    assertEquals(List.of("<unk>", "<s>", "</s>", "<0x00>"), tokens.subList(0, 4));
    assertEquals(List.of(2, 3, 3, 6), types.subList(0, 4));
    assertEquals("▁the", tokens.get(265));
    assertEquals(-6f, scores.get(265), "the seventh merge");
    assertEquals(1, of.get("tokenizer.ggml.bos_token_id"));
    assertEquals(2, of.get("tokenizer.ggml.eos_token_id"));
    assertEquals(true, of.get("tokenizer.ggml.add_bos_token"));
  }

  @Test
  void whatLlamaCppWouldComputeOtherwiseIsRefused() {
    var windows =
        new ModelShape("mistral", 40, 24, 1, 4, 2, 6, 44, 64, 1e6, 1e-6, false, false, true)
            .with(new AttentionTraits(false, false, false, List.of(new LayerAttention(7, true))));
    Path folder =
        RandomCheckpoint.save(
            work, windows, RandomCheckpoint.flat(windows, 6), DType.F32, Long.MAX_VALUE);
    var fault = assertThrows(UserError.class, () -> export(folder, DType.F32));
    assertTrue(fault.getMessage().contains("sliding windows"), fault.getMessage());
    assertFalse(Files.exists(work.resolve("out.gguf")));
  }
}
