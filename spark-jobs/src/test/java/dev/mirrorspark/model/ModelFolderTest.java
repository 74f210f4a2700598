package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFolderTest {
  private static final ModelShape SHAPE =
      new ModelShape("qwen2", 20, 8, 2, 4, 2, 4, 12, 64, 10_000, 1e-6, true, false, true);
  private static final float[] FLAT = RandomCheckpoint.flat(SHAPE, 1);
  private static final String WEIGHTS = "model.safetensors";

  @TempDir Path work;

  private Path save(DType dtype, long maxShardBytes) {
    return RandomCheckpoint.save(work, SHAPE, FLAT, dtype, maxShardBytes);
  }

  private static Path copy(LoadedModel model, Path folder, long maxShardBytes) {
    LoadedModel.save(
        folder, model.shape(), model.flat(), model.dtype(), model.folder(), maxShardBytes);
    return folder;
  }

  @ParameterizedTest
  @CsvSource({"F32, 1000000", "BF16, 1000000", "F16, 1000000", "F32, 1000", "BF16, 1000"})
  void readThenWriteGivesTheSameFiles(DType dtype, long maxShardBytes) throws IOException {
    Path folder = save(dtype, maxShardBytes);
    assertEquals(maxShardBytes > 100_000, Files.exists(folder.resolve(WEIGHTS)));
    var model = LoadedModel.load(folder);
    assertEquals(SHAPE, model.shape());
    assertEquals(dtype, model.dtype());
    if (dtype == DType.F32) {
      assertArrayEquals(FLAT, model.flat());
    }
    assertEquals(files(folder), files(copy(model, work.resolve("copy"), maxShardBytes)));
  }

  /** Every file by its name, with its bytes. */
  private static Map<String, List<Byte>> files(Path folder) throws IOException {
    var contents = new TreeMap<String, List<Byte>>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        var bytes = Files.readAllBytes(file);
        var boxed = new Byte[bytes.length];
        Arrays.setAll(boxed, i -> bytes[i]);
        contents.put(file.getFileName().toString(), List.of(boxed));
      }
    }
    return contents;
  }

  @Test
  void shardedAndSingleFolderHoldTheSameWeights() {
    var single = LoadedModel.load(save(DType.F32, 1_000_000));
    var sharded = LoadedModel.load(copy(single, work.resolve("sharded"), 1_000));
    assertArrayEquals(single.flat(), sharded.flat());
    String hash = LoadedModel.sha256(single.folder());
    assertEquals(hash, LoadedModel.sha256(sharded.folder()));
    float[] changed = FLAT.clone();
    changed[changed.length / 2] = Math.nextUp(changed[changed.length / 2]);
    Path other = work.resolve("changed");
    assertNotEquals(
        hash, LoadedModel.save(other, SHAPE, changed, DType.F32, single.folder(), 1_000));
    assertEquals(64, hash.length());
  }

  @Test
  void folderIsCompleteForOtherReaders() {
    Path folder = save(DType.BF16, 1_000_000);
    var config = JsonFiles.read(folder.resolve("config.json"));
    assertEquals("Qwen2ForCausalLM", config.path("architectures").path(0).asText());
    assertEquals("qwen2", config.path("model_type").asText());
    assertEquals("bfloat16", config.path("torch_dtype").asText());
    assertEquals(2, config.path("eos_token_id").asInt());
    var generation = JsonFiles.read(folder.resolve("generation_config.json"));
    assertEquals(1, generation.path("bos_token_id").asInt());
    assertEquals(2, generation.path("eos_token_id").asInt());
    var special = JsonFiles.read(folder.resolve("special_tokens_map.json"));
    assertEquals("<eos>", special.path("eos_token").asText());
    var tokenizer = JsonFiles.read(folder.resolve("tokenizer.json"));
    var frame = tokenizer.path("post_processor").path("single").path(0);
    assertEquals("<bos>", frame.path("SpecialToken").path("id").asText());
  }

  @Test
  void truncatedWeightsAreRefusedWithTheTensorsName() throws IOException {
    Path folder = save(DType.F32, 1_000_000);
    Path file = folder.resolve(WEIGHTS);
    var header = SafeTensors.header(Storage.local(), file.toString());
    byte[] whole = Files.readAllBytes(file);
    for (var entry : header.tensors().values()) {
      long middle = header.dataStart() + (entry.begin() + entry.end()) / 2;
      Files.write(file, Arrays.copyOf(whole, (int) middle));
      assertRefused(folder, WEIGHTS + ": tensor " + entry.name() + ": truncated");
    }
    Files.write(file, Arrays.copyOf(whole, 100));
    assertRefused(folder, WEIGHTS + ": truncated within its header");
    Files.write(file, new byte[0]);
    assertRefused(folder, WEIGHTS + ": truncated");
    Files.delete(file);
    assertRefused(folder, "holds neither model.safetensors nor");
  }

  @Test
  void missingOrForeignTensorsAreNamed() throws IOException {
    Path folder = save(DType.F32, 1_000_000);
    rewrite(folder, "model.layers.1.mlp.up_proj.weight", "model.layers.7.mlp.up_proj.weight");
    assertRefused(folder, "tensor model.layers.7.mlp.up_proj.weight is no part of the model");
    rewrite(folder, "model.layers.7.mlp.up_proj.weight", "model.layers.1.self.rotary_emb.inv_freq");
    assertRefused(folder, "tensor model.layers.1.mlp.up_proj.weight: missing");
  }

  @Test
  void tensorOfAnotherShapeIsNamed() throws IOException {
    Path folder = save(DType.F32, 1_000_000);
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"intermediate_size\" : 12", "\"intermediate_size\" : 16"));
    assertRefused(
        folder, "tensor model.layers.0.mlp.gate_proj.weight: has shape [12, 8], by config.json");
  }

  @Test
  void redundantTensorsAreIgnored() {
    Path folder = save(DType.F32, 1_000_000);
    var layout = ParameterLayout.of(SHAPE);
    var slices =
        Stream.concat(
                layout.entries().stream().map(e -> slice(e, e.name())),
                Stream.of(
                    slice(layout.entry("model.embed_tokens.weight"), "lm_head.weight"),
                    slice(
                        layout.entry("model.norm.weight"),
                        "model.layers.0.self_attn.rotary_emb.inv_freq")))
            .toList();
    SafeTensors.write(Storage.local(), folder.resolve(WEIGHTS).toString(), slices, DType.F32);
    assertArrayEquals(FLAT, LoadedModel.load(folder).flat());
  }

  @Test
  void aHeadBesideATiedEmbeddingMustEqualIt() {
    Path folder = save(DType.F32, 1_000_000);
    var layout = ParameterLayout.of(SHAPE);
    float[] values = Arrays.copyOf(FLAT, FLAT.length + 20 * 8);
    var embedding = layout.entry("model.embed_tokens.weight");
    System.arraycopy(FLAT, (int) embedding.offset(), values, FLAT.length, 20 * 8);
    for (int step = 0; step < 2; step++) {
      values[values.length - 1] += step;
      var parts =
          Stream.concat(
                  layout.entries().stream().map(e -> slice(e, e.name())),
                  Stream.of(
                      new SafeTensors.Part(
                          "lm_head.weight",
                          List.of(20L, 8L),
                          SafeTensorsTest.values(values),
                          FLAT.length)))
              .toList();
      SafeTensors.write(Storage.local(), folder.resolve(WEIGHTS).toString(), parts, DType.F32);
      var opened = ModelFolder.open(Storage.local(), folder.toString());
      if (step == 0) {
        opened.requireTiedHead();
      } else {
        var error = assertThrows(UserError.class, opened::requireTiedHead);
        assertTrue(
            error.getMessage().contains("config.json: tie_word_embeddings"), error.getMessage());
      }
    }
  }

  private static SafeTensors.Part slice(ParameterLayout.Entry entry, String name) {
    var shape = Arrays.stream(entry.shape()).boxed().toList();
    return new SafeTensors.Part(name, shape, SafeTensorsTest.values(FLAT), entry.offset());
  }

  /** Renames a tensor in the file's header, which keeps its length. */
  private static void rewrite(Path folder, String from, String to) throws IOException {
    Path file = folder.resolve(WEIGHTS);
    var header = SafeTensors.header(Storage.local(), file.toString());
    float[] flat = SafeTensorsTest.all(file);
    var parts =
        header.tensors().values().stream()
            .map(
                e ->
                    new SafeTensors.Part(
                        e.name().equals(from) ? to : e.name(),
                        e.shape(),
                        SafeTensorsTest.values(flat),
                        e.begin() / Float.BYTES))
            .toList();
    SafeTensors.write(Storage.local(), file.toString(), parts, DType.F32);
  }

  @Test
  void missingOrMisplacedShardsAreNamed() throws IOException {
    Path folder = save(DType.F32, 1_000);
    Path index = folder.resolve("model.safetensors.index.json");
    String good = Files.readString(index);
    Path second;
    try (Stream<Path> files = Files.list(folder)) {
      second =
          files
              .filter(file -> file.getFileName().toString().startsWith("model-00002-of-"))
              .findFirst()
              .orElseThrow();
    }
    String shard = second.getFileName().toString();
    byte[] bytes = Files.readAllBytes(second);
    String tensor =
        SafeTensors.header(Storage.local(), second.toString()).tensors().keySet().iterator().next();

    Files.delete(second);
    assertRefused(folder, shard + ": missing; by model.safetensors.index.json it holds tensor");
    Files.write(second, Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused(folder, shard + ": tensor ");
    Files.write(second, bytes);
    Files.writeString(index, good.replace("00002-of", "00001-of"));
    assertRefused(folder, "tensor " + tensor + ": missing, though");
    Files.writeString(index, good.replaceAll("\"[^\"]*\" : \"" + shard + "\",?", ""));
    assertRefused(folder, "model.safetensors.index.json: ");
    Files.writeString(index, "{}");
    assertRefused(folder, "weight_map: missing or empty");
    Files.writeString(index, good);
    assertArrayEquals(FLAT, LoadedModel.load(folder).flat());
  }

  @Test
  void tokenizerWithMoreTokensThanTheModelIsRefused() {
    Path folder = save(DType.F32, 1_000_000);
    CharacterTokenizer.write(folder, "0123456789abcdefgh", 64);
    assertRefused(folder, "tokenizer.json has 21 tokens, but ");
    assertRefused(folder, "config.json says vocab_size 20");
  }

  @Test
  void theDryRunsCheckNeedsNoWeightsButATokenizerThatFits(@TempDir Path work) throws IOException {
    var shape = FamilyShapes.named("qwen3");
    float[] flat = RandomCheckpoint.flat(shape, 3);
    Path folder = RandomCheckpoint.save(work, shape, flat, DType.F32, Long.MAX_VALUE);
    Files.delete(folder.resolve("model.safetensors"));
    assertEquals(shape, ModelFolder.check(Storage.local(), folder.toString(), ChatConfig.NONE));
    Path config = folder.resolve("config.json");
    Files.writeString(config, JsonFiles.read(config).put("vocab_size", 39).toString());
    var error =
        assertThrows(
            UserError.class,
            () -> ModelFolder.check(Storage.local(), folder.toString(), ChatConfig.NONE));
    assertTrue(error.getMessage().contains("says vocab_size 39"), error.getMessage());
    Files.delete(folder.resolve("tokenizer.json"));
    error =
        assertThrows(
            UserError.class,
            () -> ModelFolder.check(Storage.local(), folder.toString(), ChatConfig.NONE));
    assertTrue(error.getMessage().contains("tokenizer.json: no such file"), error.getMessage());
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    assertRefused(work.resolve("nowhere"), "nowhere: no such model folder");
    Path folder = save(DType.F32, 1_000_000);
    Files.delete(folder.resolve("tokenizer.json"));
    assertRefused(folder, "tokenizer.json: no such file");
    Files.delete(folder.resolve("config.json"));
    assertRefused(folder, "config.json: no such file");
  }

  @Test
  void remainsOfACrashDoNotMatter() throws IOException {
    Path folder = save(DType.F32, 1_000);
    // as a process leaves it that dies while it writes another plan's files
    Files.delete(folder.resolve("config.json"));
    Files.writeString(folder.resolve(".model.safetensors.1a2b3c4d"), "half a fi");
    Files.writeString(folder.resolve(WEIGHTS), "of another plan");
    assertRefused(folder, "config.json: no such file");
    assertFalse(ModelFolder.exists(Storage.local(), folder.toString()));

    float[] next = FLAT.clone();
    next[0] = 42;
    LoadedModel.save(folder, SHAPE, next, DType.F32, work.resolve("tokenizer"), 1_000);
    assertArrayEquals(next, LoadedModel.load(folder).flat());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith(".") || name.equals(WEIGHTS))
              .toList());
    }
  }

  @Test
  void aFolderIsReplacedAsAWhole() throws IOException {
    Path folder = save(DType.F32, 1_000);
    var model = LoadedModel.load(folder);
    LoadedModel.save(folder, SHAPE, model.flat(), DType.F32, work.resolve("tokenizer"), 1_000_000);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(
              "config.json",
              "generation_config.json",
              WEIGHTS,
              "special_tokens_map.json",
              "tokenizer.json",
              "tokenizer_config.json"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void anUnwritablePlaceIsNamed() throws IOException {
    var model = LoadedModel.load(save(DType.F32, 1_000_000));
    Path blocked = Files.writeString(work.resolve("file"), "").resolve("model");
    var error = assertThrows(UserError.class, () -> copy(model, blocked, 1_000_000));
    assertTrue(error.getMessage().startsWith(blocked + "/" + WEIGHTS + ": cannot be written: "));
  }

  @Test
  void trainedCheckpointRoundTrips() throws IOException {
    var stories = StoriesCheckpoint.require();
    var model = LoadedModel.load(stories.folder());
    Path copy = copy(model, work.resolve("copy"), 300_000);
    var again = LoadedModel.load(copy);
    assertEquals(model.shape(), again.shape());
    assertArrayEquals(model.flat(), again.flat());
    byte[] source = Files.readAllBytes(stories.folder().resolve(WEIGHTS));
    var header = SafeTensors.header(Storage.local(), stories.folder().resolve(WEIGHTS).toString());
    try (Stream<Path> shards = Files.list(copy)) {
      int tensors = 0;
      for (Path shard : shards.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        var copied = SafeTensors.header(Storage.local(), shard.toString());
        byte[] bytes = Files.readAllBytes(shard);
        for (var entry : copied.tensors().values()) {
          assertArrayEquals(
              bytes(source, header, header.tensors().get(entry.name())),
              bytes(bytes, copied, entry),
              entry.name());
          tensors++;
        }
      }
      assertEquals(header.tensors().size(), tensors);
    }
  }

  private static byte[] bytes(byte[] file, SafeTensors.Header header, SafeTensors.Entry entry) {
    int start = (int) header.dataStart();
    return Arrays.copyOfRange(file, start + (int) entry.begin(), start + (int) entry.end());
  }

  private static void assertRefused(Path folder, String message) {
    var error = assertThrows(UserError.class, () -> LoadedModel.load(folder));
    assertTrue(error.getMessage().contains(message), error.getMessage());
    assertEquals(1, error.getMessage().lines().count(), error.getMessage());
  }
}
