package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FlatRange;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bf16 folder trains at rates far below its rounding: its state is fp32, the folder an export.
 */
class Bf16FolderIT {
  private static final String RATE = "train.learning_rate=1.0e-5";

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Path bf16;
  private static Path fp32;

  @BeforeAll
  static void models() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    Session warm = session("warm");
    PromptImport.importAll(spark, warm.warehouse(), warm.config(), Set.of("integer"));
    Path warmed = Path.of(SftRun.run(warm).checkpoint());
    bf16 = copy(warmed, warmed, "bf16", DType.BF16);
    fp32 = copy(bf16, warmed, "fp32", DType.F32);
    assertArrayEquals(LoadedModel.load(bf16).flat(), LoadedModel.load(fp32).flat());
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Path copy(Path from, Path tokenizer, String name, DType dtype) {
    Path to = folder.resolve(name);
    var model = LoadedModel.load(from);
    try (var scope = new PointerScope()) {
      var flat = Tensors.ofFloats(model.flat(), model.flat().length);
      var plan = FolderPlan.of(model.layout(), dtype, 1 << 30);
      FolderWriter.save(
          Storage.local(),
          to.toString(),
          model.shape(),
          plan,
          tokenizer.toString(),
          FlatRange.of(flat));
    }
    return to;
  }

  private static Session session(String run, String... sets) {
    var all = new java.util.ArrayList<>(List.of("run=" + run));
    all.addAll(List.of(sets));
    var config = TinyRun.config(folder, all.toArray(String[]::new));
    var tables = Warehouse.open(spark, config.warehouse());
    return new Session(spark, tables, config, Progress.silent());
  }

  private static List<Policy> train(String run, Path model, String... sets) {
    var all = new java.util.ArrayList<>(List.of("model.path=" + model, RATE, "train.iterations=3"));
    all.addAll(List.of(sets));
    Session session = session(run, all.toArray(String[]::new));
    TrainingRun.run(session);
    return PolicyVersions.all(session);
  }

  /** Share of the weights that differ. */
  private static double moved(float[] from, float[] to) {
    int moved = 0;
    for (int i = 0; i < from.length; i++) {
      moved += from[i] != to[i] ? 1 : 0;
    }
    return (double) moved / from.length;
  }

  @Test
  void itsStateIsThatOfAnFp32FolderBitForBit() {
    List<Policy> rounded = train("of-bf16", bf16);
    List<Policy> wide = train("of-fp32", fp32);
    float[] start = LoadedModel.load(bf16).flat();
    for (int version = 1; version <= 3; version++) {
      Policy ofBf16 = rounded.get(version);
      float[] state = LoadedModel.load(Path.of(ofBf16.checkpoint())).flat();
      assertArrayEquals(LoadedModel.load(Path.of(wide.get(version).checkpoint())).flat(), state);
      assertEquals(ofBf16.sha256(), wide.get(version).sha256(), "a hash of the fp32 state");
      assertTrue(moved(start, state) > 0.5, "moved: " + moved(start, state));

      var export = ModelFolder.open(Storage.local(), ofBf16.checkpoint());
      assertEquals(DType.BF16, export.dtype());
      assertEquals(ofBf16.exportSha256().orElseThrow(), export.digest());
      assertEquals(
          LoadedModel.sha256(Path.of(ofBf16.checkpoint())), ofBf16.sha256(), "of what was written");
      float[] exported = values(export);
      for (int i = 0; i < state.length; i++) {
        assertEquals(rounded(state[i]), exported[i], "element " + i);
      }
    }
    assertTrue(rounded.get(3).exportSha256().isPresent() && wide.get(3).exportSha256().isEmpty());
  }

  @Test
  void itTrainsInBf16ArithmeticToo() {
    List<Policy> policies = train("in-bf16", bf16, "model.precision=bf16");
    float[] start = LoadedModel.load(bf16).flat();
    float[] end = LoadedModel.load(Path.of(policies.get(3).checkpoint())).flat();
    assertTrue(moved(start, end) > 0.5, "moved: " + moved(start, end));
    assertNotEquals(policies.get(2).sha256(), policies.get(3).sha256());
  }

  private static float[] values(ModelFolder folder) {
    try (var scope = new PointerScope()) {
      var flat = Tensors.emptyFloats(folder.layout().size());
      folder.readInto(flat);
      return Tensors.floats(flat);
    }
  }

  /** The nearest bf16, ties to even. */
  private static float rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }
}
