package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.eval.EvalStage.EvalProblem;
import dev.mirrorspark.eval.EvalStage.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
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
    var interval = WilsonInterval.of(0.5, 3);
    assertEquals(interval.low(), overall.ciLow());
    assertEquals(interval.high(), overall.ciHigh());
    // level 3 has no judged response, hence no row
    assertEquals(2, result.levels().size());
    assertEquals(OptionalInt.of(1), result.levels().get(0).level());
    assertEquals(0.25, result.levels().get(0).passAt1());
    assertEquals(35, result.levels().get(0).meanTokens());
    assertEquals(OptionalInt.of(2), result.levels().get(1).level());
    assertEquals(1, result.levels().get(1).passAt1());
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
    assertEquals(all, EvalSummary.recorded(rows, PROBLEMS));
    assertEquals(some.overall(), EvalSummary.recorded(rows, few).overall());
    assertEquals(some.levels().get(0), EvalSummary.recorded(rows, few).levels().get(0));
  }

  private static EvalProblem problem(String id, int level) {
    return new EvalProblem(id, "?", "7", "integer", level);
  }

  private static Scored scored(String id, boolean correct, int tokens) {
    return new Scored(id, true, correct, tokens);
  }

  private static Scored unjudged(String id, int tokens) {
    return new Scored(id, false, false, tokens);
  }
}
