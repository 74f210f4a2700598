package dev.mirrorspark.experiment;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.ExperimentFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.TinyRun;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two arms × two seeds on real Spark and Delta, stopped once on the way. */
class ExperimentIT {
  private static final Set<String> ANSWER_TYPES = Set.of("integer");

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static String firstOutput;
  private static String secondOutput;
  private static Map<String, Long> versionsAfterFirst;

  @BeforeAll
  static void runTwice() throws IOException {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    Files.writeString(
        folder.resolve("tiny-experiment.yaml"),
        """
        name: tiny
        base: tiny.yaml
        warehouse: %s/experiments-warehouse
        seeds: [1, 2]
        set: {train.iterations: 2, eval.every: 2}
        arms:
          - {name: slow, set: {train.learning_rate: 1.0e-4}}
          - {name: fast, set: {train: {learning_rate: 1.0e-2}}}
        questions:
          - {name: accuracy, title: Accuracy, x: rollout_tokens, y: accuracy}
          - {name: heldout, title: Held-out accuracy, y: eval greedy, arms: [fast]}
          - {name: rates, title: By rate, x: train.learning_rate, y: mean_tokens}
          - {name: slopes, title: Slopes, x: mean_tokens, y: accuracy}
        """
            .formatted(folder));
    // A first process gets as far as one iteration of one seed.
    run("seeds=[1]", "set.train.iterations=1");
    firstOutput = run();
    versionsAfterFirst = versions();
    secondOutput = run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void everyRunHasItsIterationsOnce() {
    var iterations = new TreeMap<String, Long>();
    warehouse()
        .read(Iterations.TABLE)
        .groupBy(TableSchema.RUN)
        .count()
        .collectAsList()
        .forEach(row -> iterations.put(row.getString(0), row.getLong(1)));
    assertEquals(
        Map.of(
            "tiny-slow-seed-1", 2L,
            "tiny-fast-seed-1", 2L,
            "tiny-slow-seed-2", 2L,
            "tiny-fast-seed-2", 2L),
        iterations);
  }

  @Test
  void theArmsOfASeedStartFromItsWarmup() {
    for (int seed = 1; seed <= 2; seed++) {
      String warm = sha256("tiny-seed-%d-warmup".formatted(seed), 1);
      assertEquals(warm, sha256("tiny-slow-seed-%d".formatted(seed), 0));
      assertEquals(warm, sha256("tiny-fast-seed-%d".formatted(seed), 0));
    }
    assertEquals(
        4,
        Set.of(
                sha256("tiny-seed-1-warmup", 1),
                sha256("tiny-seed-2-warmup", 1),
                sha256("tiny-slow-seed-1", 2),
                sha256("tiny-fast-seed-1", 2))
            .size());
  }

  @Test
  void theSecondCallRunsNothing() {
    assertEquals(versionsAfterFirst, versions());
    assertTrue(firstOutput.contains("── run 2 of 6: tiny-slow-seed-1 (arm slow, seed 1)"));
    assertTrue(firstOutput.contains("resuming at iteration 1 of 2"), firstOutput);
    assertTrue(
        secondOutput.contains("── run 6 of 6: tiny-fast-seed-2 (arm fast, seed 2, finished)"),
        secondOutput);
    assertTrue(secondOutput.contains("all 6 runs are finished"), secondOutput);
  }

  @Test
  void picturesAndTableAreWritten() throws IOException {
    Path report = folder.resolve("experiments-warehouse/experiments/tiny");
    var files = new TreeSet<String>();
    try (var found = Files.list(report)) {
      found.forEach(file -> files.add(file.getFileName().toString()));
    }
    assertEquals(
        Set.of("accuracy.png", "heldout.png", "rates.png", "report.md", "slopes.png"), files);
    assertEquals(900, ImageIO.read(report.resolve("accuracy.png").toFile()).getWidth());
    List<String> page = Files.readAllLines(report.resolve("report.md"));
    assertTrue(page.contains("![Held-out accuracy](heldout.png)"), page.toString());
    int slopes = page.indexOf("![Slopes](slopes.png)");
    assertEquals("| arm  | seeds |", page.get(slopes + 2).substring(0, 16), page.toString());
    assertTrue(page.get(slopes + 4).startsWith("| slow | 2 "), page.toString());
    var rows = page.stream().limit(slopes).filter(line -> line.startsWith("| ")).toList();
    assertEquals(3, rows.size(), page.toString());
    assertTrue(rows.get(2).matches("\\| fast +\\| 2 +\\| .* ± .*"), rows.get(2));
    rows.forEach(row -> assertTrue(secondOutput.contains(row), secondOutput));
  }

  @Test
  void otherSettingsAreRefused() {
    var error = assertThrows(UserError.class, () -> run("arms.1.set.train.learning_rate=1.0e-3"));
    assertTrue(error.getMessage().contains("tiny-fast-seed-1"), error.getMessage());
    assertTrue(error.getMessage().contains("learning_rate"), error.getMessage());
  }

  @Test
  void aReportOnNothingIsRefused() {
    var file = file("name=other");
    var error =
        assertThrows(
            UserError.class, () -> ExperimentReport.write(session(file, Progress.silent()), file));
    assertTrue(error.getMessage().contains("experiment other has no finished iteration"));
  }

  @Test
  void thePlanListsTheRunsInTheirOrder() {
    assertEquals(
        List.of(
            List.of("tiny-seed-2-warmup", "problems and warm-up"),
            List.of("tiny-slow-seed-2", "2 iterations train.learning_rate=1.0E-4"),
            List.of("tiny-fast-seed-2", "2 iterations train.learning_rate=0.01")),
        ExperimentRun.plan(file("seeds=[2]")));
  }

  private static ExperimentFile file(String... sets) {
    return ExperimentFile.load(folder.resolve("tiny-experiment.yaml"), List.of(sets));
  }

  private static Session session(ExperimentFile file, Progress progress) {
    return new Session(spark, warehouse(), file.common(), progress);
  }

  private static String run(String... sets) {
    var out = new ByteArrayOutputStream();
    var progress =
        Progress.terminal(new PrintStream(out, true, StandardCharsets.UTF_8), false, 200);
    var file = file(sets);
    var session = session(file, progress);
    ExperimentRun.run(session, file, config -> ANSWER_TYPES);
    ExperimentReport.write(session, file);
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Warehouse warehouse() {
    return Warehouse.open(spark, folder.resolve("experiments-warehouse").toString());
  }

  private static String sha256(String run, int version) {
    var rows =
        warehouse()
            .read(Policies.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .where(col(Policies.VERSION).equalTo(version))
            .collectAsList();
    assertEquals(1, rows.size(), run + " version " + version);
    return Policy.from(rows.get(0)).sha256();
  }

  private static Map<String, Long> versions() {
    var versions = new TreeMap<String, Long>();
    var warehouse = warehouse();
    Warehouse.TABLES.forEach(table -> versions.put(table.name(), warehouse.version(table)));
    return versions;
  }
}
