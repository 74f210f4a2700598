package dev.mirrorspark.testgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.testgen.ProblemDecision.Judged;
import dev.mirrorspark.testgen.ProblemDecision.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The rule on problems, at its edges: 40 of 50 cases, 9 of 10 submissions. */
class ProblemDecisionTest {
  private static final Thresholds PAPER = new Thresholds(50, 0.7, 40, 0.9);

  private static Judged valid(int... wrong) {
    List<Integer> agreeing = new ArrayList<>(IntStream.range(0, 10).boxed().toList());
    for (int one : wrong) {
      agreeing.remove(Integer.valueOf(one));
    }
    return new Judged(CaseOutcome.VALID, true, agreeing, "");
  }

  private static Judged not(CaseOutcome outcome, boolean hasInput) {
    return new Judged(outcome, hasInput, List.of(), "why");
  }

  @SafeVarargs
  private static List<Judged> cases(List<Judged>... parts) {
    List<Judged> all = new ArrayList<>();
    for (List<Judged> part : parts) {
      all.addAll(part);
    }
    return all;
  }

  private static List<Judged> times(int count, Judged one) {
    return Collections.nCopies(count, one);
  }

  private static void decides(
      Outcome outcome, int inputs, int valid, int passing, List<Judged> cases) {
    ProblemDecision found = ProblemDecision.of(PAPER, 10, cases).orElseThrow();
    assertEquals(
        List.of(outcome, inputs, valid, passing),
        List.of(found.outcome(), found.inputs(), found.valid(), found.passing()),
        found.reason());
  }

  @Test
  void nineOfTenThatPassAllValidCasesAreEnough() {
    decides(Outcome.KEPT, 50, 50, 10, times(50, valid()));
    decides(Outcome.KEPT, 50, 50, 9, times(50, valid(4)));
    decides(Outcome.SUBMISSIONS, 50, 50, 8, times(50, valid(4, 5)));
    decides(Outcome.SUBMISSIONS, 50, 50, 7, times(50, valid(4, 5, 6)));
  }

  @Test
  void oneValidCaseNotPassedIsEnoughToFail() {
    decides(Outcome.KEPT, 50, 50, 9, cases(times(49, valid()), List.of(valid(0))));
    decides(
        Outcome.SUBMISSIONS,
        50,
        50,
        8,
        cases(times(48, valid()), List.of(valid(0)), List.of(valid(9))));
  }

  @Test
  void fortyValidCasesAreEnough() {
    var disputed = not(CaseOutcome.DISAGREEMENT, true);
    decides(Outcome.KEPT, 50, 40, 10, cases(times(40, valid()), times(10, disputed)));
    decides(Outcome.CASES, 50, 39, 0, cases(times(39, valid()), times(11, disputed)));
  }

  @Test
  void casesThatAreNotValidAreOfNoAccountForTheSubmissions() {
    var others = new Judged(CaseOutcome.DISAGREEMENT, true, List.of(0, 1, 2), "");
    decides(Outcome.KEPT, 50, 40, 10, cases(times(10, others), times(40, valid())));
  }

  @Test
  void aGeneratorNeedsAsManyDifferentInputsAsCasesAreNeeded() {
    var failed = not(CaseOutcome.NO_INPUT, false);
    var twice = not(CaseOutcome.DUPLICATE, false);
    var waiting = not(CaseOutcome.NOT_RUN, true);
    decides(Outcome.KEPT, 40, 40, 10, cases(times(40, valid()), times(5, failed), times(5, twice)));
    decides(
        Outcome.GENERATOR, 39, 0, 0, cases(times(39, waiting), times(5, failed), times(6, twice)));
    decides(Outcome.GENERATOR, 0, 0, 0, times(11, failed));
    decides(
        Outcome.CASES,
        40,
        0,
        0,
        cases(times(10, failed), List.of(not(CaseOutcome.DISAGREEMENT, true)), times(39, waiting)));
  }

  @Test
  void theReasonCountsAndNamesTheFirstOfAKind() {
    var failed = new Judged(CaseOutcome.NO_INPUT, false, List.of(), "exit code 1: boom");
    String reason = ProblemDecision.of(PAPER, 10, times(11, failed)).orElseThrow().reason();
    assertEquals(
        "0 different inputs in 11 runs of the generator; 40 are needed; 11 x no_input, the first:"
            + " exit code 1: boom",
        reason);
  }

  @Test
  void aFailureOfTheSandboxIsNoDisagreement() {
    var unknown = not(CaseOutcome.SANDBOX, true);
    // Enough without: decided on what is known.
    decides(Outcome.KEPT, 50, 40, 10, cases(times(40, valid()), times(10, unknown)));
    // They might have been valid: open.
    assertEquals(
        Optional.empty(),
        ProblemDecision.of(PAPER, 10, cases(times(39, valid()), times(11, unknown))));
    assertEquals(
        Optional.empty(),
        ProblemDecision.of(
            PAPER,
            10,
            cases(
                times(39, valid()),
                times(1, unknown),
                times(10, not(CaseOutcome.DISAGREEMENT, true)))));
    // Even with all of them too few.
    decides(
        Outcome.CASES,
        50,
        38,
        0,
        cases(
            times(38, valid()), times(1, unknown), times(11, not(CaseOutcome.DISAGREEMENT, true))));
    // The generator's own runs failed likewise.
    assertTrue(ProblemDecision.of(PAPER, 10, times(50, not(CaseOutcome.SANDBOX, false))).isEmpty());
  }

  @Test
  void fewerSubmissionsGoByTheShare() {
    var four = new Judged(CaseOutcome.VALID, true, List.of(0, 1, 2, 3), "");
    var five = new Judged(CaseOutcome.VALID, true, List.of(0, 1, 2, 3, 4), "");
    assertEquals(
        Outcome.SUBMISSIONS, ProblemDecision.of(PAPER, 5, times(50, four)).orElseThrow().outcome());
    assertEquals(
        Outcome.KEPT, ProblemDecision.of(PAPER, 5, times(50, five)).orElseThrow().outcome());
  }
}
