package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.files.StorageContract;
import dev.mirrorspark.model.FolderWriter.Written;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Folders read by ranges and written file by file. */
class FolderShardsTest {
  private static final ModelShape SHAPE =
      new ModelShape("qwen2", 20, 8, 2, 4, 2, 4, 12, 64, 10_000, 1e-6, true, false, true);
  private static final ParameterLayout LAYOUT = ParameterLayout.of(SHAPE);
  private static final float[] FLAT = RandomCheckpoint.flat(SHAPE, 1);
  private static final Storage STORAGE = Storage.local();

  @TempDir Path work;

  private String tokenizer() {
    Path folder = work.resolve("tokenizer");
    CharacterTokenizer.write(folder, "0123456789abcdefg", 64);
    return folder.toString();
  }

  private FolderWriter.Digests save(Path folder, FolderPlan plan, float[] flat) {
    return FolderWriter.save(
        STORAGE, folder.toString(), SHAPE, plan, tokenizer(), SafeTensorsTest.values(flat));
  }

  private ModelFolder open(Path folder) throws Exception {
    return ModelFolder.open(StorageContract.sent(STORAGE), folder.toString());
  }

  private static float[] read(ModelFolder folder, long from, long count) {
    var into = Tensors.emptyFloats(count);
    folder.read(from, into);
    return Tensors.floats(into);
  }

  @ParameterizedTest
  @EnumSource
  void theDigestIsThatOfNamesTypesAndStoredBytes(DType dtype) throws Exception {
    Path folder = work.resolve("model");
    var digests = save(folder, FolderPlan.of(LAYOUT, dtype, 1_000), FLAT);
    var lines = new TreeMap<String, String>();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        var header = SafeTensors.header(STORAGE, file.toString());
        for (var e : header.tensors().values()) {
          int start = (int) (header.dataStart() + e.begin());
          var hash = sha256(Arrays.copyOfRange(bytes, start, start + (int) (e.end() - e.begin())));
          lines.put(e.name(), e.name() + " " + dtype + " " + hash + "\n");
        }
      }
    }
    assertEquals(LAYOUT.entries().size(), lines.size());
    String expected = sha256(String.join("", lines.values()).getBytes(StandardCharsets.UTF_8));
    assertEquals(expected, digests.sha256());
    assertTrue(digests.export().isEmpty());
    assertEquals(expected, open(folder).digest());
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void rangesAcrossTensorsAndFilesAreThoseOfTheWhole() throws Exception {
    Path folder = work.resolve("model");
    save(folder, FolderPlan.of(LAYOUT, DType.F32, 1_000), FLAT);
    var model = open(folder);
    assertArrayEquals(FLAT, read(model, 0, FLAT.length));
    var random = new Random(4);
    for (int i = 0; i < 50; i++) {
      int from = random.nextInt(FLAT.length);
      int count = 1 + random.nextInt(FLAT.length - from);
      assertArrayEquals(Arrays.copyOfRange(FLAT, from, from + count), read(model, from, count));
    }
  }

  @Test
  void filesWrittenApartAndTwiceAreThoseOfOneProcess() throws Exception {
    var plan = FolderPlan.withState(LAYOUT, DType.BF16, 1_000);
    var expected = save(work.resolve("one"), plan, FLAT);
    String apart = work.resolve("apart").toString();
    var order = new ArrayList<>(IntStream.range(0, plan.files().size()).boxed().toList());
    order.addAll(order);
    Collections.shuffle(order, new Random(6));
    List<Written> written =
        order.parallelStream()
            .map(
                file ->
                    FolderWriter.write(STORAGE, apart, plan, file, SafeTensorsTest.values(FLAT)))
            .toList();
    assertFalse(ModelFolder.exists(STORAGE, apart));
    var refused = assertThrows(UserError.class, () -> ModelFolder.open(STORAGE, apart));
    assertTrue(refused.getMessage().contains("config.json: no such file"), refused.getMessage());
    var some = written.stream().filter(w -> w.file() != 1).toList();
    var incomplete =
        assertThrows(
            IllegalArgumentException.class,
            () -> FolderWriter.commit(STORAGE, apart, SHAPE, plan, tokenizer(), some));
    assertEquals("not written: [" + plan.files().get(1).name() + "]", incomplete.getMessage());
    assertEquals(expected, FolderWriter.commit(STORAGE, apart, SHAPE, plan, tokenizer(), written));
    try (var files = Files.walk(work.resolve("one"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path other = Path.of(apart).resolve(work.resolve("one").relativize(file));
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(other), other.toString());
      }
    }
  }

  @Test
  void a16BitFolderIsAnExportOfItsState() throws Exception {
    float[] trained = FLAT.clone();
    for (int i = 0; i < trained.length; i++) {
      trained[i] = 0.02f + 4e-6f * (i % 3); // what bf16 cannot tell apart
    }
    Path folder = work.resolve("model");
    var digests = save(folder, FolderPlan.withState(LAYOUT, DType.BF16, 1_000_000), trained);
    var model = open(folder);
    assertEquals(DType.BF16, model.dtype());
    float[] exported = new float[trained.length];
    for (int i = 0; i < exported.length; i++) {
      exported[i] = nearestBf16(trained[i]);
    }
    assertArrayEquals(exported, read(model, 0, trained.length));
    assertArrayEquals(trained, read(model.weights(), 0, trained.length));
    assertEquals(DType.F32, model.weights().dtype());
    assertEquals(digests.sha256(), model.weights().digest());
    assertEquals(digests.export().orElseThrow(), model.digest());
    assertNotEquals(digests.sha256(), model.digest());
    assertEquals(List.of("model.safetensors"), STORAGE.list(folder.resolve("state").toString()));

    // written again without one, it has none
    save(folder, FolderPlan.of(LAYOUT, DType.BF16, 1_000_000), trained);
    assertTrue(open(folder).state().isEmpty());
  }

  /** The nearer of both neighbours, in double precision; the even one half way. */
  private static float nearestBf16(float value) {
    int bits = Float.floatToRawIntBits(value) & 0xffff0000;
    double down = Float.intBitsToFloat(bits);
    double up = Float.intBitsToFloat(bits + 0x10000);
    double below = Math.abs(value - down);
    double above = Math.abs(up - value);
    boolean even = (bits & 0x10000) == 0;
    return (float) (below < above || below == above && even ? down : up);
  }

  @Test
  void aValueThatIsNotFiniteIsNamedWhereverARangeMeetsIt() throws Exception {
    float[] flat = FLAT.clone();
    var entry = LAYOUT.entry("model.layers.1.mlp.up_proj.weight");
    int place = (int) entry.offset() + 7;
    flat[place] = Float.NEGATIVE_INFINITY;
    Path folder = work.resolve("model");
    save(folder, FolderPlan.of(LAYOUT, DType.F32, 1_000_000), flat);
    var model = open(folder);
    read(model, 0, place);
    for (long from : new long[] {0, place - 3, place}) {
      var error = assertThrows(UserError.class, () -> read(model, from, FLAT.length - from));
      assertTrue(
          error
              .getMessage()
              .contains(
                  "model.safetensors: tensor model.layers.1.mlp.up_proj.weight: element 7 is"
                      + " -Infinity"),
          error.getMessage());
    }
  }

  @Test
  void randomInitIsTheSameInAnyChunks() {
    float[] whole = init(FLAT.length);
    assertArrayEquals(whole, init(7));
    var random = new Random(9); // the first values by the definition
    for (int i = 0; i < 20; i++) {
      assertEquals((float) (0.5 * random.nextGaussian()), whole[i]);
    }
    var norm = LAYOUT.entry("model.layers.0.input_layernorm.weight");
    assertEquals(1, whole[(int) norm.offset()]);
  }

  private static float[] init(int step) {
    var values = RandomInit.values(SHAPE, 0.5, 9);
    float[] flat = new float[FLAT.length];
    for (int from = 0; from < flat.length; from += step) {
      var into = Tensors.emptyFloats(Math.min(step, flat.length - from));
      values.read(from, into);
      float[] chunk = Tensors.floats(into);
      System.arraycopy(chunk, 0, flat, from, chunk.length);
    }
    return flat;
  }

  /** {@link ThreeBillionCheck} in small. */
  @Test
  void aModelPassesThroughInShards() throws Exception {
    ShardPass.write(work.resolve("from"), SHAPE);
    ShardPass.run(work.resolve("from"), work.resolve("to"), 100, 1_000);
  }
}
