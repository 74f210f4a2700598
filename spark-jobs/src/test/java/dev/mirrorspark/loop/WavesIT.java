package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.gate.RejectionSampling;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.prompts.PromptSampling;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.reward.ScoreStage;
import dev.mirrorspark.rollout.RolloutStage;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Iterations that sample again until their batch is full: half of the groups have no signal. */
class WavesIT {
  private static final int BATCH = 4;
  private static final int WAVES = 3;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static String start = "";
  private static Session session;

  @BeforeAll
  static void train() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    var warm = session("warm", "uniform");
    start = SftRun.run(warm).checkpoint();
    session = session("warehouse", "uniform");
    TrainingRun.run(session);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String warehouse, String strategy, String... more) {
    List<String> sets = new ArrayList<>(List.of(more));
    sets.addAll(
        List.of(
            "run=waves",
            "model.path=" + start,
            "warehouse=" + folder.resolve(warehouse),
            "train.prompts_per_iteration=" + BATCH,
            "train.samples=2",
            "sampling.waves=" + WAVES,
            "sampling.strategy=" + strategy));
    var config = TinyRun.config(folder, sets.toArray(String[]::new));
    var tables = Warehouse.open(spark, config.warehouse());
    PromptImport.importAll(spark, tables, config, Set.of("integer"));
    return new Session(spark, tables, config, Progress.silent());
  }

  @Test
  void anIterationSamplesUntilItsBatchIsFull() {
    Map<Integer, Integer> sampled = new HashMap<>();
    for (Row row : rows(session, Iterations.TABLE)) {
      sampled.put(row.getAs(Iterations.ITERATION), row.getAs(Iterations.PROMPTS));
    }
    assertEquals(Set.of(0, 1), sampled.keySet());
    assertTrue(sampled.values().stream().anyMatch(n -> n > BATCH), sampled.toString());
    for (int i : sampled.keySet()) {
      Set<String> met = new TreeSet<>();
      Set<String> kept = new TreeSet<>();
      int offered = 0;
      for (Row row : rows(session, TrainingSet.TABLE)) {
        if (row.<Integer>getAs(TrainingSet.ITERATION) == i) {
          offered++;
          met.add(row.getAs(TrainingSet.PROMPT_ID));
          if (row.<Boolean>getAs(TrainingSet.KEPT)) {
            kept.add(row.getAs(TrainingSet.PROMPT_ID));
          }
        }
      }
      assertEquals(sampled.get(i), met.size());
      assertEquals(2 * met.size(), offered, "no problem is sampled twice");
      assertTrue(kept.size() <= BATCH, "the batch is never overfilled: " + kept);
      long last = lastWave(i);
      assertTrue(kept.size() == BATCH || last == WAVES - 1, kept + ", last wave " + last);
      assertTrue(last > 0 || sampled.get(i) == BATCH);
    }
  }

  /** The last wave of an iteration that committed responses. */
  private static long lastWave(int iteration) {
    long last = -1;
    for (var wave : Wave.of(session.config(), iteration)) {
      boolean next =
          iteration == 1 && wave.isIn(session.warehouse(), Trajectories.TABLE, "waves/rollout");
      last = next ? wave.index() : last;
    }
    return iteration == 1 ? last : WAVES - 1; // of earlier ones the table's log does not tell
  }

  /** An iteration cut off in its second wave after a stage, then started again. */
  @ParameterizedTest
  @ValueSource(strings = {"rollout", "gate"})
  void aWaveThatWasCutOffGoesOn(String lastStage) {
    var cut = session("cut-after-" + lastStage, "uniform");
    PolicyVersions.start(cut, PolicyVersions.first(cut));
    var tables = cut.warehouse();
    var policy = PolicyVersions.reference(cut, 0);
    for (var wave : Wave.of(cut.config(), 0).subList(0, 2)) {
      int stages =
          wave.first() ? 4 : List.of("sample", "rollout", "score", "gate").indexOf(lastStage) + 1;
      int lacking = wave.lacking(tables, cut.config());
      assertTrue(lacking > 0, "the first wave fills the batch, there is nothing to cut off");
      var prompts = PromptSampling.sample(tables, cut.config(), wave, lacking);
      if (stages > 1) {
        var reference = PolicyVersions.source(cut, policy);
        RolloutStage.run(
            spark, tables, cut.config(), wave, reference, prompts, (done, total, tokens) -> {});
      }
      if (stages > 2) {
        ScoreStage.run(spark, tables, cut.config(), wave, prompts);
      }
      if (stages > 3) {
        RejectionSampling.run(tables, cut.config(), wave);
      }
    }
    TrainingRun.run(cut);
    assertEquals(decisions(session), decisions(cut));
    assertEquals(
        PolicyVersions.reference(session, 2).sha256(), PolicyVersions.reference(cut, 2).sha256());
  }

  @ParameterizedTest
  @ValueSource(strings = "mixed")
  void everyStrategyFillsTheBatch(String strategy) {
    var other =
        session("as-" + strategy, strategy, "sampling.curriculum_iterations=1", "train.samples=2");
    TrainingRun.run(other);
    int[] problems = new int[2];
    for (Row row : rows(other, Iterations.TABLE)) {
      problems[row.<Integer>getAs(Iterations.ITERATION)] = row.getAs(Iterations.PROMPTS);
    }
    assertTrue(problems[0] + problems[1] > 2 * BATCH);
    assertTrue(Replay.run(other, 1).same());
  }

  private static Set<String> decisions(Session of) {
    Set<String> decisions = new TreeSet<>();
    rows(of, TrainingSet.TABLE).forEach(row -> decisions.add(row.toString()));
    return decisions;
  }

  private static List<Row> rows(Session of, TableSchema table) {
    return of.warehouse()
        .read(table)
        .where(col(TableSchema.RUN).equalTo(of.config().run()))
        .collectAsList();
  }
}
