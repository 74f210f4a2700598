package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.PolicyVersion;
import dev.mirrorspark.decode.TinyPolicy;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalIT {
  /** Judges by a property that about half of the responses of a random policy have. */
  private static final AnswerCheck EVEN_LENGTH =
      (answer, type, response, ended) -> Optional.of(response.length() % 2 == 0);

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;
  private static PolicyVersion older;
  private static PolicyVersion newer;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
    older = TinyPolicy.write(folder, 4);
    newer = TinyPolicy.write(folder, 5);
    List<Row> prompts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      prompts.add(prompt("h" + i, "heldout", 1 + i % 3, i + "+1="));
      prompts.add(prompt("t" + i, "train", 1, i + "-1="));
    }
    warehouse.append(Prompts.TABLE, prompts, "prompts", 0);
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void anEvaluationIsRecordedOnceByLevelAndOverall() {
    var config = config("once");
    var result = run(config, newer, EvalMode.SAMPLING);
    assertEquals(12, result.overall().problems());
    assertEquals(3, result.overall().samples());
    assertEquals(1.3, result.overall().temperature());
    assertEquals(3, result.levels().size());
    double mean = result.levels().stream().mapToDouble(Evals.Result::passAt1).sum() / 3;
    assertEquals(mean, result.overall().passAt1(), 1e-12);
    assertTrue(result.overall().passAt1() > 0 && result.overall().passAt1() < 1);
    assertEquals(4, rows("once"));
    assertEquals(result, run(config, newer, EvalMode.SAMPLING));
    assertEquals(4, rows("once"));

    // an older version after a newer one, and another mode, are evaluations of their own
    var before = run(config, older, EvalMode.SAMPLING);
    assertEquals(4, before.overall().policyVersion());
    var greedy = run(config, newer, EvalMode.GREEDY);
    assertEquals(1, greedy.overall().samples());
    assertEquals(0, greedy.overall().temperature());
    assertEquals(12, rows("once"));
  }

  @Test
  void fewerProblemsAreAnotherEvaluation() {
    run(config("fewer"), newer, EvalMode.GREEDY);
    var few = run(config("fewer", "eval.problems=5"), newer, EvalMode.GREEDY);
    assertEquals(5, few.overall().problems());
    assertEquals(few, run(config("fewer", "eval.problems=5"), newer, EvalMode.GREEDY));
  }

  @Test
  void theSameEvaluationGivesTheSameFigures() {
    var first = run(config("first"), newer, EvalMode.SAMPLING).overall();
    var second = run(config("second"), newer, EvalMode.SAMPLING).overall();
    assertEquals(first.passAt1(), second.passAt1());
    assertEquals(first.meanTokens(), second.meanTokens());
  }

  @Test
  void aSplitWithoutProblemsIsNamed() {
    var error =
        assertThrows(
            UserError.class,
            () -> run(config("none", "eval.split=warmup"), newer, EvalMode.GREEDY));
    assertEquals(
        "eval.split = warmup: prompts.dataset 'default' has no such problems; make or import some",
        error.getMessage());
  }

  @Test
  void whereNothingCanBeJudgedNothingIsWritten() {
    assertThrows(
        UserError.class,
        () ->
            EvalStage.run(
                spark,
                warehouse,
                config("unjudged"),
                newer,
                EvalMode.GREEDY,
                (answer, type, response, ended) -> Optional.empty(),
                (done, total, tokens) -> {}));
    assertEquals(0, rows("unjudged"));
  }

  private static EvalResult run(RunConfig config, PolicyVersion policy, EvalMode mode) {
    return EvalStage.run(
        spark, warehouse, config, policy, mode, EVEN_LENGTH, (done, total, tokens) -> {});
  }

  private static RunConfig config(String run, String... sets) {
    var all = new ArrayList<>(List.of(sets));
    all.add("run=" + run);
    return RunFile.parse(
        "rollout: {slots: 4, temperature: 1.3, max_tokens: 24}\neval: {samples: 3}", all);
  }

  private static long rows(String run) {
    return warehouse.read(Evals.TABLE).where("run = '" + run + "'").count();
  }

  private static Row prompt(String id, String split, int level, String text) {
    return RowFactory.create(
        "default", id, split, "d", level, text, "1", "integer", null, "test", null, null);
  }
}
