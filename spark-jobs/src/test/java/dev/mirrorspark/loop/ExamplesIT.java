package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Warm-up examples out of a policy that answers 0 or 1 at random, where 1 is right. */
class ExamplesIT {
  private static final int SAMPLES = 8;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Session session;
  private static List<Row> examples;

  @BeforeAll
  static void sample() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
    session = session("run=tiny");
    PromptImport.importAll(spark, session.warehouse(), session.config(), Set.of("integer"));
    SftRun.run(session);
    ExamplesRun.run(session("examples.into=sampled", "examples.keep=2"), OptionalInt.of(1));
    examples = rows("sampled");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Session session(String... sets) {
    var config = TinyRun.config(folder, sets);
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  private static List<Row> rows(String dataset) {
    return session
        .warehouse()
        .read(Prompts.TABLE)
        .where(col(Prompts.DATASET).equalTo(dataset))
        .orderBy(Prompts.PROMPT_ID)
        .collectAsList();
  }

  @Test
  void rightResponsesAreKeptWithTheirScore() {
    assertTrue(examples.size() > 16, "most of 16 problems are solved twice: " + examples.size());
    Set<String> ids = new TreeSet<>();
    for (Row example : examples) {
      assertTrue(ids.add(example.getAs(Prompts.PROMPT_ID)));
      assertEquals(Prompts.WARMUP, example.getAs(Prompts.SPLIT));
      String solution = example.getAs(Prompts.SOLUTION);
      assertTrue(solution.endsWith("#1"), solution);
      assertTrue(example.<String>getAs(Prompts.TEXT_OF_PROMPT).startsWith("t="));
      double rate = example.getAs(Prompts.PASS_RATE);
      assertTrue(rate > 0 && rate <= 1 && rate * SAMPLES == Math.rint(rate * SAMPLES), rate + "");
    }
  }

  @Test
  void theSameCallAppendsNothingAndAnotherIsRefused() {
    ExamplesRun.run(session("examples.into=sampled", "examples.keep=2"), OptionalInt.empty());
    assertEquals(examples, rows("sampled"));
    var other = session("examples.into=sampled", "examples.keep=3");
    assertTrue(
        assertThrows(UserError.class, () -> ExamplesRun.run(other, OptionalInt.empty()))
            .getMessage()
            .contains("'sampled' holds problems already"));
    var nowhere = session("examples.keep=3");
    assertTrue(
        assertThrows(UserError.class, () -> ExamplesRun.run(nowhere, OptionalInt.empty()))
            .getMessage()
            .startsWith("examples.into"));
  }

  /** Expert iteration: the policy that is warmed up on them answers right more often. */
  @Test
  void aWarmupOnThemLearnsWhatIsRight() {
    var again =
        session(
            "run=again",
            "model.path=" + PolicyVersions.version(session, OptionalInt.of(1)).checkpoint(),
            "prompts.dataset=sampled",
            "sft.epochs=4",
            "sft.examples_per_step=8");
    SftRun.run(again);
    var second =
        session("run=again", "examples.into=second", "model.path=" + again.config().model().path());
    ExamplesRun.run(
        new Session(spark, second.warehouse(), second.config(), Progress.silent()),
        OptionalInt.of(1));
    double before = rate(examples);
    double after = rate(rows("second"));
    assertTrue(after > before + 0.2, before + " before, " + after + " after");
  }

  private static double rate(List<Row> of) {
    return of.stream().mapToDouble(row -> row.getAs(Prompts.PASS_RATE)).average().orElse(0);
  }
}
