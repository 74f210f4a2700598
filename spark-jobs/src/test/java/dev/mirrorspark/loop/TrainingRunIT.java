package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.rapids.GpuParts;
import dev.mirrorspark.rapids.StagePlans;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import dev.mirrorspark.table.PreferencePairs;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.ShortestResponses;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.TestCases;
import dev.mirrorspark.table.TestProblems;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole run on real Spark and Delta: warm-up, two iterations, evaluation. */
class TrainingRunIT {
  /** Tables that another command fills. */
  private static final List<TableSchema> FILLED_BY_OTHERS =
      List.of(
          TestCases.TABLE,
          TestProblems.TABLE,
          ShortestResponses.TABLE,
          PreferencePairs.TABLE,
          TeacherLogprobs.TABLE,
          TokenScores.TABLE);

  private static final Set<String> ANSWER_TYPES = Set.of("integer");

  @TempDir private static Path folder;
  private static StagePlans plans;
  private static SparkSession spark;
  private static Session session;

  @BeforeAll
  static void train() {
    plans = GpuParts.beside(LocalSpark.open());
    spark = plans.session();
    TinyRun.write(folder);
    session =
        session("track.tensorboard=" + folder.resolve("board"), "track.mlflow=http://127.0.0.1:1");
    PromptImport.importAll(spark, session.warehouse(), session.config(), ANSWER_TYPES);
    runAll(session);
  }

  @AfterAll
  static void stop() {
    GpuParts.checkAndStop(plans);
  }

  @Test
  void keysAreUnique() {
    for (var table : Warehouse.TABLES) {
      var rows = session.warehouse().read(table);
      assertEquals(FILLED_BY_OTHERS.contains(table), rows.isEmpty(), table.name());
      Column[] key = table.key().stream().map(name -> col(name)).toArray(Column[]::new);
      assertEquals(0, rows.groupBy(key).count().where(col("count").gt(1)).count(), table.name());
    }
  }

  @Test
  void everyResponseIsScoredAndOfferedToTheGateOnce() {
    int responses = 2 * 8 * 4;
    assertEquals(responses, ofRun(Trajectories.TABLE).count());
    assertEquals(responses, ofRun(Rewards.TABLE).count());
    assertEquals(responses, ofRun(TrainingSet.TABLE).count());
    for (Metrics m : iterations(session)) {
      assertEquals(8, m.prompts());
      assertEquals(32, m.responses());
      assertEquals(32, m.stopReasons().values().stream().mapToInt(n -> n).sum());
      long kept =
          ofRun(TrainingSet.TABLE)
              .where(col(TrainingSet.ITERATION).equalTo(m.iteration()))
              .where(col(TrainingSet.KEPT))
              .count();
      assertTrue(kept > 0, "nothing to train on: " + m);
      assertEquals(kept / 32.0, m.keptFraction(), 1e-12);
      int rejected = m.rejected().values().stream().mapToInt(n -> n).sum();
      assertEquals(32, kept + rejected);
    }
  }

  @Test
  void samplingAndTrainingAgree() {
    var iterations = iterations(session);
    assertEquals(List.of(0, 1), iterations.stream().map(Metrics::iteration).toList());
    for (Metrics m : iterations) {
      assertTrue(m.logprobGapMax() <= 1e-3, "log-prob gap " + m.logprobGapMax());
      assertTrue(m.logprobGapMean() <= m.logprobGapMax());
      assertTrue(Double.isFinite(m.loss()) && m.gradNorm() > 0, m.toString());
    }
  }

  @Test
  void versionsFormAChainOfCheckpoints() {
    var policies = PolicyVersions.all(session);
    assertEquals(
        List.of(ProducedBy.INIT, ProducedBy.SFT, ProducedBy.RL, ProducedBy.RL),
        policies.stream().map(Policy::producedBy).toList());
    for (int v = 0; v < policies.size(); v++) {
      Policy policy = policies.get(v);
      assertEquals(v, policy.version());
      assertEquals(v == 0 ? OptionalInt.empty() : OptionalInt.of(v - 1), policy.parent());
      assertEquals(v < 2 ? OptionalInt.empty() : OptionalInt.of(v - 2), policy.iteration());
      assertEquals(policy.sha256(), LoadedModel.sha256(Path.of(policy.checkpoint())));
    }
    assertEquals(4, policies.stream().map(Policy::sha256).distinct().count());
    assertEquals(12, policies.get(1).steps().size());
    assertEquals(2, policies.get(2).steps().size());
    assertEquals(List.of(1, 2), iterations(session).stream().map(Metrics::policyVersion).toList());
  }

  @Test
  void theStepsInProgressAreClearedAway() {
    var steps = folder.resolve("warehouse/_steps/tiny");
    assertTrue(!Files.exists(steps) || steps.toFile().list().length == 0, steps.toString());
  }

  @Test
  void evaluationsStandInTheTable() {
    var evals =
        ofRun(Evals.TABLE)
            .where(col(Evals.LEVEL).isNull().and(col(Evals.DOMAIN).isNull()))
            .collectAsList();
    assertEquals(2, evals.size());
    evals.forEach(row -> assertEquals(8, row.<Integer>getAs(Evals.PROBLEMS)));
  }

  @Test
  void runningAgainAppendsNothing() {
    var before = versions();
    runAll(session());
    assertEquals(before, versions());
  }

  /** The run was tracked in a folder, and by a server that is not there. */
  @Test
  void trackersAreToldAndStopNothing() throws IOException {
    List<String> text = new ArrayList<>();
    try (var files = Files.newDirectoryStream(folder.resolve("board/tiny"))) {
      for (Path file : files) {
        text.add(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    assertEquals(1, text.size()); // the run that had nothing to do wrote none
    assertEquals(2, text.get(0).split("kept_fraction", -1).length - 1);
  }

  @Test
  void replayGivesTheSameWeights() {
    var before = versions();
    for (int iteration = 0; iteration < 2; iteration++) {
      var result = Replay.run(session, iteration);
      assertTrue(result.same(), result.toString());
    }
    assertEquals(before, versions());
    assertEquals(0, folder.resolve("warehouse/_replay").toFile().list().length);
  }

  /** What iteration 1 samples depends on the rewards of iteration 0: only those are met again. */
  @Test
  void replayOfAPrioritizedIterationSamplesTheSameProblems() {
    var prioritized =
        session(
            "run=prioritized",
            "model.path=" + PolicyVersions.all(session).get(1).checkpoint(),
            "sampling.strategy=prioritized",
            "sampling.unseen_rate=1.0");
    TrainingRun.run(prioritized);
    assertEquals(
        3, PolicyVersions.all(prioritized).stream().map(Policy::sha256).distinct().count());
    var result = Replay.run(prioritized, 1);
    assertTrue(result.same(), result.toString());
  }

  /** Random weights never give the right answer in two tokens: no group has two rewards. */
  @Test
  void withoutSignalNothingIsTrainedAndTheRunGoesOn() {
    var silent = session("run=silent", "rollout.max_tokens=2", "train.iterations=2");
    TrainingRun.run(silent);
    var policies = PolicyVersions.all(silent);
    assertEquals(List.of(0, 1, 2), policies.stream().map(Policy::version).toList());
    assertEquals(1, policies.stream().map(Policy::sha256).distinct().count());
    for (Metrics m : iterations(silent)) {
      assertEquals(0, m.keptFraction());
      assertEquals(Map.of("no_signal", 32), m.rejected());
      assertTrue(Double.isNaN(m.loss()), m.toString());
      assertEquals(0, m.updateTokens());
    }
    assertEquals(1, ofRun(Runs.TABLE, "silent").count());
  }

  private static Session session(String... sets) {
    var config = TinyRun.config(folder, sets);
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  private static void runAll(Session session) {
    SftRun.run(session);
    TrainingRun.run(session);
    EvaluationRun.run(session, OptionalInt.empty());
  }

  private static Dataset<Row> ofRun(TableSchema table) {
    return ofRun(table, "tiny");
  }

  private static Dataset<Row> ofRun(TableSchema table, String run) {
    return session.warehouse().read(table).where(col(TableSchema.RUN).equalTo(run));
  }

  private static List<Metrics> iterations(Session session) {
    return ofRun(Iterations.TABLE, session.config().run()).collectAsList().stream()
        .map(Metrics::from)
        .sorted(Comparator.comparingInt(Metrics::iteration))
        .toList();
  }

  private static Map<String, Long> versions() {
    var versions = new TreeMap<String, Long>();
    for (var table : Warehouse.TABLES) {
      versions.put(table.name(), session.warehouse().version(table));
    }
    return versions;
  }
}
