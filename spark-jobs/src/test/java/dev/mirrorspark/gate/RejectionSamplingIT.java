package dev.mirrorspark.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.report.IterationMetrics;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gate, and the metrics that are read behind it, on responses with given rewards. */
class RejectionSamplingIT {
  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;

  /** A response and the reward that it got; none on error. */
  private record Response(String prompt, int sample, OptionalDouble reward, int tokens) {
    static Response of(String prompt, int sample, double reward) {
      return new Response(prompt, sample, OptionalDouble.of(reward), 3);
    }

    static Response error(String prompt, int sample) {
      return new Response(prompt, sample, OptionalDouble.empty(), 5);
    }
  }

  private static final List<Response> RESPONSES =
      List.of(
          Response.of("mixed", 0, 0),
          Response.of("mixed", 1, 1),
          Response.of("mixed", 2, 0),
          Response.of("mixed", 3, 0),
          Response.of("solved", 0, 1),
          Response.of("solved", 1, 1),
          Response.of("hopeless", 0, 0),
          Response.of("hopeless", 1, 0),
          Response.error("partly", 0),
          Response.of("partly", 1, 1),
          Response.of("partly", 2, 0),
          Response.of("partly", 3, 1),
          Response.error("single", 0),
          Response.of("single", 1, 1),
          Response.error("broken", 0),
          Response.error("broken", 1));

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.toString());
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void everyRejectionHasItsReasonAndTheMeanIsTakenFromTheRest() {
    var config = config("mean", "mean");
    write("mean", RESPONSES);
    RejectionSampling.run(warehouse, config, Wave.only(0));
    var rows = rows("mean");
    assertEquals(RESPONSES.size(), rows.size());
    assertRejected(rows, "solved", 0, "no_signal");
    assertRejected(rows, "solved", 1, "no_signal");
    assertRejected(rows, "hopeless", 0, "no_signal");
    assertRejected(rows, "hopeless", 1, "no_signal");
    assertRejected(rows, "partly", 0, "error");
    assertRejected(rows, "single", 0, "error");
    assertRejected(rows, "single", 1, "no_signal");
    assertRejected(rows, "broken", 0, "error");
    assertRejected(rows, "broken", 1, "error");
    for (int sample = 0; sample < 4; sample++) {
      assertKept(rows, "mixed", sample, sample == 1 ? 0.75 : -0.25);
    }
    assertKept(rows, "partly", 1, 1 - 2.0 / 3);
    assertKept(rows, "partly", 2, -2.0 / 3);
    assertKept(rows, "partly", 3, 1 - 2.0 / 3);

    RejectionSampling.run(warehouse, config, Wave.only(0));
    assertEquals(rows, rows("mean"));
  }

  @Test
  void logZIsTakenWithTheTauOfTheRun() {
    write("log_z", RESPONSES);
    RejectionSampling.run(warehouse, config("log_z", "log_z"), Wave.only(0));
    var rows = rows("log_z");
    double ofMixed = Baseline.LOG_Z.of(new double[] {0, 1, 0, 0}, 0.5);
    assertKept(rows, "mixed", 0, -ofMixed);
    assertKept(rows, "mixed", 1, 1 - ofMixed);
    double ofPartly = Baseline.LOG_Z.of(new double[] {1, 0, 1}, 0.5);
    assertKept(rows, "partly", 2, -ofPartly);
    assertRejected(rows, "solved", 0, "no_signal");
  }

  @Test
  void theOrderOfRowsChangesNoBit() {
    List<Response> responses = new ArrayList<>();
    double[] rewards = {0.1, 1e17, -0.3, 0.7, -1e17, 0.2};
    for (int sample = 0; sample < rewards.length; sample++) {
      responses.add(Response.of("p", sample, rewards[sample]));
    }
    write("forward", responses);
    Collections.reverse(responses);
    write("backward", responses);
    RejectionSampling.run(warehouse, config("forward", "mean"), Wave.only(0));
    RejectionSampling.run(warehouse, config("backward", "mean"), Wave.only(0));
    for (int sample = 0; sample < rewards.length; sample++) {
      double forward = row(rows("forward"), "p", sample).<Double>getAs(TrainingSet.ADVANTAGE);
      assertKept(rows("backward"), "p", sample, forward);
    }
  }

  @Test
  void metricsCountWhatTheTablesHold() {
    write("metrics", RESPONSES);
    RejectionSampling.run(warehouse, config("metrics", "mean"), Wave.only(0));
    var metrics = IterationMetrics.of(warehouse, "metrics", 0);
    // 12 judged, 6 of them correct; 4 errors; 12 × 3 + 4 × 5 tokens
    assertEquals(
        new IterationMetrics(
            6,
            16,
            6.0 / 12,
            4,
            56.0 / 16,
            5,
            Map.of("stop", 12, "length", 4),
            7.0 / 16,
            Map.of("error", 4, "no_signal", 5),
            56,
            Map.of("rule: unknown", 4),
            0,
            Double.NaN,
            1),
        metrics);
    var empty = IterationMetrics.of(warehouse, "metrics", 1);
    assertEquals(
        new IterationMetrics(
            0,
            0,
            Double.NaN,
            0,
            0,
            0,
            Map.of(),
            0,
            Map.of(),
            0,
            Map.of(),
            0,
            Double.NaN,
            Double.NaN),
        empty);
  }

  private static RunConfig config(String run, String baseline) {
    return RunFile.parse("train: {tau: 0.5}", List.of("run=" + run, "train.baseline=" + baseline));
  }

  private static void write(String run, List<Response> responses) {
    List<Row> trajectories = new ArrayList<>();
    List<Row> rewards = new ArrayList<>();
    for (var response : responses) {
      trajectories.add(trajectory(run, response));
      boolean judged = response.reward().isPresent();
      Double reward = judged ? response.reward().getAsDouble() : null;
      String verdict = judged ? (reward > 0 ? "correct" : "wrong") : "error";
      rewards.add(
          RowFactory.create(
              run,
              0,
              0,
              response.prompt(),
              response.sample(),
              verdict,
              "rule",
              "",
              reward,
              0.0,
              0.0,
              reward,
              null,
              null,
              null));
    }
    warehouse.append(Trajectories.TABLE, trajectories, run + "/rollout", 0);
    warehouse.append(Rewards.TABLE, rewards, run + "/score", 0);
  }

  private static Row trajectory(String run, Response response) {
    return RowFactory.create(
        run,
        0,
        0,
        response.prompt(),
        response.sample(),
        0,
        0,
        List.of(1),
        Collections.nCopies(response.tokens(), 5),
        Collections.nCopies(response.tokens(), -1f),
        "",
        response.reward().isPresent() ? "stop" : "length",
        1.0,
        3L,
        response.tokens(),
        new Timestamp(0),
        0.1);
  }

  private static List<Row> rows(String run) {
    return warehouse
        .read(TrainingSet.TABLE)
        .where("run = '" + run + "'")
        .orderBy(TrainingSet.PROMPT_ID, TrainingSet.SAMPLE)
        .collectAsList();
  }

  private static void assertKept(List<Row> rows, String prompt, int sample, double advantage) {
    Row row = row(rows, prompt, sample);
    assertEquals(true, row.getAs(TrainingSet.KEPT));
    assertNull(row.getAs(TrainingSet.REJECTED_BECAUSE));
    assertEquals(advantage, row.<Double>getAs(TrainingSet.ADVANTAGE), prompt + " " + sample);
    assertEquals(3, row.<Integer>getAs(TrainingSet.TOKENS));
  }

  private static void assertRejected(List<Row> rows, String prompt, int sample, String reason) {
    Row row = row(rows, prompt, sample);
    assertEquals(false, row.getAs(TrainingSet.KEPT));
    assertEquals(reason, row.getAs(TrainingSet.REJECTED_BECAUSE), prompt + " " + sample);
    assertNull(row.getAs(TrainingSet.ADVANTAGE));
  }

  private static Row row(List<Row> rows, String prompt, int sample) {
    return rows.stream()
        .filter(row -> row.getAs(TrainingSet.PROMPT_ID).equals(prompt))
        .filter(row -> row.getAs(TrainingSet.SAMPLE).equals(sample))
        .findFirst()
        .orElseThrow();
  }
}
