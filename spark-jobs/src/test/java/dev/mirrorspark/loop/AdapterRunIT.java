package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.AdapterFolder;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs that train adapters alone: warm-up, iterations, evaluation, replay, and on from a folder.
 */
class AdapterRunIT {
  private static final Storage FILES = Storage.local();

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Session session;
  private static List<Policy> versions;

  /** Adapters beside a policy that a whole warm-up made. */
  @BeforeAll
  static void train() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    Session base = session("run=base");
    PromptImport.importAll(spark, base.warehouse(), base.config(), Set.of("integer"));
    String warm = SftRun.run(base).checkpoint();
    session = session("run=lora", "model.path=" + warm, "model.lora={rank: 4, alpha: 8}");
    TrainingRun.run(session);
    EvaluationRun.run(session, OptionalInt.empty());
    versions = PolicyVersions.all(session);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String... sets) {
    var config = TinyRun.config(folder, sets);
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  @Test
  void laterVersionsArePeftFoldersBesideTheFirst() {
    assertEquals(3, versions.size());
    assertEquals(3, versions.stream().map(Policy::sha256).distinct().count());
    Path first = Path.of(versions.get(0).checkpoint());
    assertEquals(versions.get(0).sha256(), LoadedModel.sha256(first), "the base stays as it is");
    for (Policy policy : versions.subList(1, 3)) {
      Path checkpoint = Path.of(policy.checkpoint());
      assertTrue(Files.exists(checkpoint.resolve("adapter_config.json")));
      assertTrue(Files.exists(checkpoint.resolve("adapter_model.safetensors")));
      assertTrue(Files.exists(checkpoint.resolve("tokenizer.json")));
      assertFalse(Files.exists(checkpoint.resolve("config.json")));
      var adapters = AdapterFolder.open(FILES, policy.checkpoint());
      assertEquals(first.toString(), adapters.base().folder());
      assertEquals(policy.sha256(), adapters.digest());
      assertTrue(adapters.lora().sameAs(session.config().model().lora()));
      assertEquals(2, policy.steps().size());
    }
  }

  /** The sampler has the adapters merged into its weights, the trainer has them beside. */
  @Test
  void samplingAndTrainingAgree() {
    var rows =
        session
            .warehouse()
            .read(Iterations.TABLE)
            .where(col("run").equalTo("lora"))
            .collectAsList();
    assertEquals(2, rows.size());
    for (var row : rows) {
      Metrics m = Metrics.from(row);
      assertTrue(m.logprobGapMax() <= 1e-3, "log-prob gap " + m.logprobGapMax());
      assertTrue(m.keptFraction() > 0 && m.gradNorm() > 0, m.toString());
    }
  }

  @Test
  void replayGivesTheSameAdapters() {
    for (int iteration = 0; iteration < 2; iteration++) {
      var result = Replay.run(session, iteration);
      assertTrue(result.same(), result.toString());
    }
  }

  @Test
  void theWarmUpLearns() {
    var policy =
        SftRun.run(
            session("run=warm", "model.lora={rank: 4, alpha: 16}", "sft.learning_rate=0.03"));
    var steps = policy.steps();
    assertTrue(
        steps.get(steps.size() - 1).loss() < 0.8 * steps.get(0).loss(),
        steps.get(0) + " to " + steps.get(steps.size() - 1));
    assertTrue(AdapterFolder.exists(FILES, policy.checkpoint()));
  }

  @Test
  void aRunGoesOnFromAdapters() {
    Policy last = versions.get(2);
    var on = session("run=on", "model.path=" + last.checkpoint(), "train.iterations=1");
    TrainingRun.run(on);
    var policies = PolicyVersions.all(on);
    assertEquals(last.sha256(), policies.get(0).sha256(), "the same adapters");
    assertFalse(last.sha256().equals(policies.get(1).sha256()));
    for (Policy policy : policies) {
      var adapters = AdapterFolder.open(FILES, policy.checkpoint());
      assertEquals(versions.get(0).checkpoint(), adapters.base().folder());
      assertTrue(adapters.lora().sameAs(session.config().model().lora()));
    }
    var other = session("run=other", "model.path=" + last.checkpoint(), "model.lora.rank=2");
    var error = assertThrows(UserError.class, () -> TrainingRun.run(other));
    assertTrue(error.getMessage().startsWith("model.lora = {rank: 2, "), error.getMessage());
  }

  @Test
  void theMergedFolderHoldsWhatIsSampledFrom() {
    Policy last = versions.get(2);
    Path merged = folder.resolve("merged");
    AdapterMerge.merge(FILES, last.checkpoint(), merged.toString());
    LoadedModel model = LoadedModel.load(merged);
    try (var scope = new PointerScope()) {
      var flat = Tensors.emptyFloats(model.layout().size());
      FolderWeights.of(Path.of(last.checkpoint()), last.sha256()).read(flat);
      assertArrayEquals(Tensors.floats(flat), model.flat());
      FolderWeights.of(Path.of(last.checkpoint()), last.sha256()).readBase(flat);
      float[] base = LoadedModel.load(Path.of(versions.get(0).checkpoint())).flat();
      assertArrayEquals(base, Tensors.floats(flat));
    }
    var again =
        assertThrows(
            UserError.class, () -> AdapterMerge.merge(FILES, last.checkpoint(), merged.toString()));
    assertTrue(again.getMessage().contains("exists already"), again.getMessage());
  }
}
