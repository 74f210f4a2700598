package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.decode.TinyPolicy;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
      attempts ->
          attempts.stream()
              .map(
                  attempt -> {
                    boolean even = attempt.response().length() % 2 == 0;
                    boolean ended = attempt.stopReason() == StopReason.STOP;
                    return new AnswerCheck.Judged(
                        Optional.of(even),
                        Optional.of(even ? "even" : "odd").filter(text -> ended));
                  })
              .toList();

  private static final ProgramVoting NO_PROGRAMS =
      new ProgramVoting() {
        @Override
        public Set<String> answerTypes() {
          return Set.of();
        }

        @Override
        public int inputs() {
          return 0;
        }

        @Override
        public List<Optional<String>> votes(List<Attempt> attempts) {
          return List.of();
        }
      };

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
    assertEquals(List.of(Optional.of("d")), domains(result));
    assertEquals(result.overall().passAt1(), result.domains().get(0).passAt1());
    assertEquals(5, rows("once"));
    assertEquals(36, responses("once").size());
    assertEquals(result, run(config, newer, EvalMode.SAMPLING));
    assertEquals(5, rows("once"));
    assertEquals(36, responses("once").size());

    // an older version after a newer one, and another mode, are evaluations of their own
    var before = run(config, older, EvalMode.SAMPLING);
    assertEquals(4, before.overall().policyVersion());
    var greedy = run(config, newer, EvalMode.GREEDY);
    assertEquals(1, greedy.overall().samples());
    assertEquals(0, greedy.overall().temperature());
    assertEquals(15, rows("once"));
    assertEquals(36 + 36 + 12, responses("once").size());
  }

  @Test
  void theFiguresFollowFromTheResponsesOfTheTable() {
    var result = run(config("figures", "eval.samples=4"), newer, EvalMode.SAMPLING);
    Map<String, List<EvalResults.Result>> byPrompt =
        responses("figures").stream().collect(Collectors.groupingBy(EvalResults.Result::promptId));
    assertEquals(12, byPrompt.size());
    List<Integer> tries = result.overall().atK().stream().map(Evals.AtK::k).toList();
    assertEquals(List.of(1, 2, 4), tries);
    double any = 0;
    double vote = 0;
    long tokens = 0;
    for (var all : byPrompt.values()) {
      assertEquals(
          List.of(0, 1, 2, 3), all.stream().map(EvalResults.Result::sample).sorted().toList());
      tokens += all.stream().mapToLong(EvalResults.Result::tokens).sum();
      any += all.stream().anyMatch(r -> r.correct().orElseThrow()) ? 1 : 0;
      long even = all.stream().filter(r -> r.answer().equals(Optional.of("even"))).count();
      long odd = all.stream().filter(r -> r.answer().equals(Optional.of("odd"))).count();
      vote += even > odd ? 1 : even == odd && even > 0 ? 0.5 : 0;
    }
    var most = result.overall().atK().get(2);
    assertEquals(any / 12, most.pass(), 1e-12);
    assertEquals(vote / 12, most.majority().orElseThrow().share(), 1e-12);
    assertEquals(tokens / 48., result.overall().meanTokens(), 1e-12);
    assertTrue(result.overall().ciLow() < result.overall().passAt1());
  }

  @Test
  void aWarehouseWithoutResponsesGetsThemByEvaluatingAgain() {
    var config = config("again");
    var result = run(config, newer, EvalMode.GREEDY);
    var root = folder.resolve("summaries only").toString();
    var other = Warehouse.open(spark, root);
    other.append(Prompts.TABLE, warehouse.read(Prompts.TABLE), "prompts", 0);
    var app = "again/eval-default-heldout-greedy-0.0/12 problems/1 samples/policy 5";
    other.append(Evals.TABLE, List.of(result.overall().toRow()), app, 0);
    var again =
        EvalStage.run(
            spark,
            other,
            config,
            newer,
            EvalMode.GREEDY,
            EVEN_LENGTH,
            NO_PROGRAMS,
            (done, total, tokens) -> {});
    assertEquals(result.overall().passAt1(), again.overall().passAt1());
    assertEquals(1, other.read(Evals.TABLE).count());
    assertEquals(12, other.read(EvalResults.TABLE).count());
  }

  @Test
  void responsesOfAnEvaluationThatWasCutShortAreNotJoinedByThoseOfAnother() {
    var config = config("cut");
    run(config, newer, EvalMode.GREEDY);
    var other = Warehouse.open(spark, folder.resolve("responses only").toString());
    other.append(Prompts.TABLE, warehouse.read(Prompts.TABLE), "prompts", 0);
    var rows = warehouse.read(EvalResults.TABLE).where("run = 'cut'").collectAsList();
    String app = "cut/eval-default-heldout-greedy-0.0/12 problems/1 samples/policy 5";
    other.append(EvalResults.TABLE, rows, app + "/votes on 4", 0);
    var error =
        assertThrows(
            UserError.class,
            () ->
                EvalStage.run(
                    spark,
                    other,
                    config,
                    newer,
                    EvalMode.GREEDY,
                    EVEN_LENGTH,
                    NO_PROGRAMS,
                    (done, total, tokens) -> {}));
    assertTrue(error.getMessage().startsWith("model.chat, eval.vote_inputs"), error.getMessage());
    assertEquals(12, other.read(EvalResults.TABLE).count());
  }

  @Test
  void twoPoliciesComparePairedWhereBothWereEvaluatedInTheSameWay() {
    for (var mode : EvalMode.values()) {
      run(config("pair"), older, mode);
      run(config("pair"), newer, mode);
    }
    run(config("pair", "eval.problems=5"), newer, EvalMode.GREEDY);
    var one = new PairedEvaluations.Side("pair", 4);
    var other = new PairedEvaluations.Side("pair", 5);
    var comparisons = PairedEvaluations.compare(warehouse, "default", "heldout", one, other);
    assertEquals(
        List.of(
            new PairedEvaluations.Way("greedy", 0, 12, 1),
            new PairedEvaluations.Way("sampling", 1.3, 12, 3)),
        List.copyOf(comparisons.keySet()));
    var greedy = comparisons.get(new PairedEvaluations.Way("greedy", 0, 12, 1));
    assertEquals(PairedComparison.Test.MCNEMAR, greedy.test());
    assertEquals(12, greedy.problems());
    assertEquals(12 * greedy.difference(), greedy.better() - greedy.worse(), 1e-9);
    var sampled = comparisons.get(new PairedEvaluations.Way("sampling", 1.3, 12, 3));
    assertEquals(PairedComparison.Test.SIGN_FLIP, sampled.test());
    assertEquals(
        run(config("pair"), older, EvalMode.SAMPLING).overall().passAt1(),
        sampled.baseline(),
        1e-12);
    assertEquals(
        run(config("pair"), newer, EvalMode.SAMPLING).overall().passAt1(), sampled.policy(), 1e-12);
    var none = new PairedEvaluations.Side("pair", 3);
    var error =
        assertThrows(
            UserError.class,
            () -> PairedEvaluations.compare(warehouse, "default", "heldout", none, other));
    assertTrue(error.getMessage().contains("policy 3 of run pair has none"), error.getMessage());
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
                attempts ->
                    Collections.nCopies(
                        attempts.size(),
                        new AnswerCheck.Judged(Optional.empty(), Optional.empty())),
                NO_PROGRAMS,
                (done, total, tokens) -> {}));
    assertEquals(0, rows("unjudged"));
    assertEquals(0, responses("unjudged").size());
  }

  private static EvalResult run(RunConfig config, PolicyVersion policy, EvalMode mode) {
    return EvalStage.run(
        spark,
        warehouse,
        config,
        policy,
        mode,
        EVEN_LENGTH,
        NO_PROGRAMS,
        (done, total, tokens) -> {});
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

  private static List<EvalResults.Result> responses(String run) {
    return warehouse.read(EvalResults.TABLE).where("run = '" + run + "'").collectAsList().stream()
        .map(EvalResults.Result::from)
        .toList();
  }

  private static List<Optional<String>> domains(EvalResult result) {
    return result.domains().stream().map(Evals.Result::domain).toList();
  }

  private static Row prompt(String id, String split, int level, String text) {
    return RowFactory.create(
        "default", id, split, "d", level, text, "1", "integer", null, "test", null, null, null,
        null, null, null);
  }
}
