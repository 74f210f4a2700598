package dev.mirrorspark.testgen;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What becomes of a problem with its test cases (Kimi k1.5, 2.3.5).
 *
 * @param reason in words
 * @param inputs different inputs that the generator made
 * @param valid valid cases
 * @param passing submissions that pass all valid cases; 0 without any
 */
record ProblemDecision(Outcome outcome, String reason, int inputs, int valid, int passing) {

  /** What a problem is dropped for, in the order of the stages, or that it is kept. */
  enum Outcome {
    /** Several outputs are right. */
    SPECIAL_JUDGE,
    FEW_SUBMISSIONS,
    /** It has no generator, or one that gives too few different inputs. */
    GENERATOR,
    /** Too few cases are valid. */
    CASES,
    /** Too few submissions pass all valid cases. */
    SUBMISSIONS,
    KEPT
  }

  /** What the rule has to know of a case. */
  record Judged(CaseOutcome outcome, boolean hasInput, List<Integer> agreeing, String detail) {
    Judged {
      agreeing = List.copyOf(agreeing);
    }

    static Judged of(TestCase made) {
      return new Judged(
          made.outcome(), made.hasInput(), made.agreement().agreeing(), made.detail());
    }
  }

  /** A problem that no program was run for. */
  static ProblemDecision without(Outcome outcome, String reason) {
    return new ProblemDecision(outcome, reason, 0, 0, 0);
  }

  /**
   * Applies the rule.
   *
   * @param submissions number of submissions
   * @return empty if failures of the sandbox leave it open
   */
  static Optional<ProblemDecision> of(Thresholds rule, int submissions, List<Judged> cases) {
    int inputs = count(cases, Judged::hasInput);
    int valid = count(cases, one -> one.outcome() == CaseOutcome.VALID);
    int unknown = count(cases, one -> one.outcome() == CaseOutcome.SANDBOX);
    int unknownInputs =
        count(cases, one -> one.outcome() == CaseOutcome.SANDBOX && !one.hasInput());
    int need = rule.minValid();
    if (valid + unknown >= need && valid < need) {
      return Optional.empty();
    }
    if (inputs + unknownInputs < need) {
      return Optional.of(
          new ProblemDecision(
              Outcome.GENERATOR,
              "%d different inputs in %d runs of the generator; %d are needed%s"
                  .formatted(inputs, cases.size(), need, first(cases)),
              inputs,
              valid,
              0));
    }
    if (valid < need) {
      return Optional.of(
          new ProblemDecision(
              Outcome.CASES,
              "%d valid cases; %d are needed%s".formatted(valid, need, first(cases)),
              inputs,
              valid,
              0));
    }
    int passing = passing(submissions, cases);
    boolean kept = passing >= rule.passing(submissions);
    return Optional.of(
        new ProblemDecision(
            kept ? Outcome.KEPT : Outcome.SUBMISSIONS,
            "%d of %d submissions pass all %d valid cases%s"
                .formatted(
                    passing,
                    submissions,
                    valid,
                    kept ? "" : "; %d are needed".formatted(rule.passing(submissions))),
            inputs,
            valid,
            passing));
  }

  private static int passing(int submissions, List<Judged> cases) {
    int passing = 0;
    for (int submission = 0; submission < submissions; submission++) {
      int number = submission;
      boolean all =
          cases.stream()
              .filter(one -> one.outcome() == CaseOutcome.VALID)
              .allMatch(one -> one.agreeing().contains(number));
      passing += all ? 1 : 0;
    }
    return passing;
  }

  /** How many cases failed for what, with the first detail of each. */
  private static String first(List<Judged> cases) {
    return cases.stream()
        .filter(one -> one.outcome().invalid())
        .collect(
            Collectors.groupingBy(Judged::outcome, java.util.TreeMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .map(
            group ->
                "; %d x %s, the first: %s"
                    .formatted(
                        group.getValue().size(),
                        group.getKey().label(),
                        group.getValue().get(0).detail()))
        .collect(Collectors.joining());
  }

  private static int count(List<Judged> cases, java.util.function.Predicate<Judged> which) {
    return (int) cases.stream().filter(which).count();
  }
}
