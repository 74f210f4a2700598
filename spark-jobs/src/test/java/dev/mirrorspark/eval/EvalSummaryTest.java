package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.eval.EvalStage.EvalProblem;
import dev.mirrorspark.eval.EvalStage.Scored;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.vision.PictureFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EvalSummaryTest {
  private static final EvalSummary.Name NAME =
      new EvalSummary.Name("run", 3, "set", "heldout", "sampling", 1, 2);
  private static final List<EvalProblem> PROBLEMS =
      List.of(problem("a", 1), problem("b", 2), problem("c", 1), problem("d", 3));

  @Test
  void passAt1IsTheMeanOverProblemsOfTheShareThatIsCorrect() {
    var result =
        EvalSummary.of(
            NAME,
            PROBLEMS,
            List.of(
                scored("a", true, 10),
                scored("a", false, 20),
                scored("b", true, 30),
                scored("b", true, 40),
                scored("c", false, 50),
                unjudged("c", 60),
                unjudged("d", 70),
                unjudged("d", 80)),
            1.5);
    assertEquals(3, result.errors());
    var overall = result.overall();
    assertEquals((0.5 + 1 + 0) / 3, overall.passAt1(), 1e-15);
    assertEquals(4, overall.problems());
    assertEquals(2, overall.samples());
    assertEquals(45, overall.meanTokens());
    assertEquals(OptionalInt.empty(), overall.level());
    var interval = BootstrapInterval.of(new double[] {0.5, 1, 0}, 0, 1);
    assertEquals(interval.low(), overall.ciLow());
    assertEquals(interval.high(), overall.ciHigh());
    // level 3 has no judged response, hence no row
    assertEquals(2, result.levels().size());
    assertEquals(OptionalInt.of(1), result.levels().get(0).level());
    assertEquals(0.25, result.levels().get(0).passAt1());
    assertEquals(35, result.levels().get(0).meanTokens());
    assertEquals(OptionalInt.of(2), result.levels().get(1).level());
    assertEquals(1, result.levels().get(1).passAt1());
    // by domain: a and c in "odd", b and d in "even"
    assertEquals(
        List.of(Optional.of("even"), Optional.of("odd")),
        result.domains().stream().map(Evals.Result::domain).toList());
    assertEquals(1, result.domains().get(0).passAt1());
    assertEquals(2, result.domains().get(0).problems());
    assertEquals(55, result.domains().get(0).meanTokens());
    assertEquals(0.25, result.domains().get(1).passAt1());
    assertEquals(OptionalInt.empty(), result.domains().get(1).level());
  }

  @Test
  void oneResponseAProblemHasWilsonsInterval() {
    var result =
        EvalSummary.of(
            new EvalSummary.Name("run", 3, "set", "heldout", "greedy", 0, 1),
            PROBLEMS,
            PROBLEMS.stream().map(p -> scored(p.promptId(), p.level() == 1, 5)).toList(),
            1);
    var interval = WilsonInterval.of(0.5, 4);
    assertEquals(interval.low(), result.overall().ciLow());
    assertEquals(interval.high(), result.overall().ciHigh());
    assertEquals(
        List.of(
            new Evals.AtK(
                1,
                0.5,
                interval.low(),
                interval.high(),
                Optional.of(new Evals.Majority(0.5, interval.low(), interval.high())))),
        result.overall().atK());
  }

  @Test
  void theFiguresForSeveralTriesAreMeansOverProblems() {
    List<Scored> scored = new ArrayList<>();
    // a: 7 7 8 9, of which 7 is right; b: 6 6 6 7; c: right once, else no answer; d: three unjudged
    scored.add(new Scored("a", 0, true, true, 1, "7"));
    scored.add(new Scored("a", 1, true, true, 1, "7"));
    scored.add(new Scored("a", 2, true, false, 1, "8"));
    scored.add(new Scored("a", 3, true, false, 1, "9"));
    for (int sample = 0; sample < 3; sample++) {
      scored.add(new Scored("b", sample, true, false, 1, "6"));
      scored.add(new Scored("c", sample, true, false, 1, ""));
      scored.add(new Scored("d", sample, false, false, 1, "7"));
    }
    scored.add(new Scored("b", 3, true, true, 1, "7"));
    scored.add(new Scored("c", 3, true, true, 1, "7"));
    scored.add(new Scored("d", 3, true, true, 1, "7"));
    var name = new EvalSummary.Name("run", 3, "set", "heldout", "sampling", 1, 4);
    var atK = EvalSummary.of(name, PROBLEMS, scored, 1).overall().atK();
    assertEquals(List.of(1, 2, 4), atK.stream().map(Evals.AtK::k).toList());
    assertEquals((0.5 + 0.25 + 0.25 + 1) / 4, atK.get(0).pass(), 1e-15);
    assertEquals(atK.get(0).pass(), maj(atK, 0).share(), 1e-15);
    // d has one judged response and no part from k = 2 on
    assertEquals((5 / 6. + 0.5 + 0.5) / 3, atK.get(1).pass(), 1e-15);
    // a: {7,7} of 6 pairs wins, 4 pairs tie; b: 3 of 6 pairs tie; c: the 3 pairs with its answer
    // win
    assertEquals((3 / 6. + 1.5 / 6 + 3 / 6.) / 3, maj(atK, 1).share(), 1e-15);
    assertEquals(1, atK.get(2).pass());
    assertEquals(2 / 3., maj(atK, 2).share(), 1e-15);
    assertTrue(maj(atK, 2).low() < 2 / 3. && maj(atK, 2).high() == 1, atK.toString());
  }

  @Test
  void problemsWhoseResponsesDoNotVoteHaveNoPartInTheVote() {
    List<Scored> scored = new ArrayList<>();
    for (int sample = 0; sample < 2; sample++) {
      scored.add(new Scored("a", sample, true, true, 1, ""));
      scored.add(new Scored("b", sample, true, true, 1, "7"));
      scored.add(new Scored("c", sample, true, false, 1, "7"));
    }
    var problems = List.of(code("a"), problem("b", 1), code("c"));
    var result = EvalSummary.of(NAME, problems, scored, 1, Set.of("code"));
    // a is of a silent type and states no answer; c is of it and states some
    assertEquals(1 / 2., maj(result.overall().atK(), 1).share());
    assertEquals(2 / 3., result.overall().atK().get(1).pass(), 1e-15);
    var alone =
        EvalSummary.of(NAME, problems.subList(0, 1), scored.subList(0, 1), 1, Set.of("code"));
    assertEquals(Optional.empty(), alone.overall().atK().get(0).majority());
    assertEquals(1, alone.overall().atK().get(0).pass());
    var voting = EvalSummary.of(NAME, problems, scored, 1);
    assertEquals(1 / 3., maj(voting.overall().atK(), 1).share(), 1e-15);
  }

  private static EvalProblem code(String id) {
    return new EvalProblem(id, "t", "{}", "code", "d", 1);
  }

  private static Evals.Majority maj(List<Evals.AtK> atK, int at) {
    return atK.get(at).majority().orElseThrow();
  }

  @Test
  void anEvaluationOfWhichNothingCanBeJudgedIsNone() {
    var problems = List.of(problem("a", 1));
    var error =
        assertThrows(
            UserError.class,
            () -> EvalSummary.of(NAME, problems, List.of(unjudged("a", 1), unjudged("a", 1)), 1));
    assertTrue(error.getMessage().contains("answer type 'integer'"), error.getMessage());
  }

  @Test
  void amongRecordedRowsThoseOfTheSameProblemsAreFound() {
    var all =
        EvalSummary.of(
            NAME, PROBLEMS, PROBLEMS.stream().map(p -> scored(p.promptId(), true, 5)).toList(), 1);
    var few = PROBLEMS.subList(0, 2);
    var some =
        EvalSummary.of(
            NAME, few, few.stream().map(p -> scored(p.promptId(), false, 5)).toList(), 2);
    var rows = new ArrayList<>(all.levels());
    rows.add(all.overall());
    rows.add(some.overall());
    rows.add(some.levels().get(0));
    rows.addAll(all.domains());
    rows.addAll(some.domains());
    assertEquals(all, EvalSummary.recorded(rows, PROBLEMS));
    assertEquals(some.overall(), EvalSummary.recorded(rows, few).overall());
    assertEquals(some.domains(), EvalSummary.recorded(rows, few).domains());
    assertEquals(some.levels().get(0), EvalSummary.recorded(rows, few).levels().get(0));
  }

  @Test
  void picturesAndTextAreSummedApartWhereBothAreThere() {
    var picture = new PictureFile(new byte[] {1}, "png", 1, 1);
    List<EvalProblem> mixed = new ArrayList<>(PROBLEMS);
    mixed.add(new EvalProblem("p", "t", "1", "integer", "odd", 1, picture));
    List<Scored> scores =
        mixed.stream().map(one -> scored(one.promptId(), one.picture().present(), 5)).toList();
    var result = EvalSummary.of(NAME, mixed, scores, 1);
    assertEquals(
        List.of(
            Optional.of("all of text alone"),
            Optional.of("all with pictures"),
            Optional.of("even"),
            Optional.of("odd")),
        result.domains().stream().map(Evals.Result::domain).toList());
    assertEquals(
        List.of(4, 1),
        result.domains().subList(0, 2).stream().map(Evals.Result::problems).toList());
    assertEquals(0, result.domains().get(0).passAt1());
    assertEquals(1, result.domains().get(1).passAt1());
    List<Evals.Result> rows = new ArrayList<>(result.domains());
    rows.add(result.overall());
    assertEquals(result.domains(), EvalSummary.recorded(rows, mixed).domains());
  }

  private static EvalProblem problem(String id, int level) {
    String domain = "ac".contains(id) ? "odd" : "even";
    return new EvalProblem(id, "?", "7", "integer", domain, level);
  }

  private static Scored scored(String id, boolean correct, int tokens) {
    return new Scored(id, 0, true, correct, tokens, correct ? "7" : "8");
  }

  private static Scored unjudged(String id, int tokens) {
    return new Scored(id, 0, false, false, tokens, "");
  }
}
