package dev.mirrorspark.testgen;

import java.util.List;
import java.util.Optional;

/**
 * A test case that a generator was asked for.
 *
 * @param number from 1
 * @param hasInput whether the generator gave an input that no earlier case has
 * @param input empty text where there is none
 * @param agreement what the submissions made of it
 * @param detail the outcome in words
 * @param seconds time of all runs of programs for it
 */
record TestCase(
    int number,
    boolean hasInput,
    String input,
    CaseAgreement agreement,
    CaseOutcome outcome,
    String detail,
    double seconds) {

  private static final CaseAgreement NONE = new CaseAgreement("", List.of());

  /** A case without an input. */
  static TestCase without(int number, CaseOutcome outcome, String detail, double seconds) {
    return new TestCase(number, false, "", NONE, outcome, detail, seconds);
  }

  /** A case with an input on which no submission was run. */
  static TestCase made(int number, String input, double seconds) {
    return new TestCase(number, true, input, NONE, CaseOutcome.NOT_RUN, "", seconds);
  }

  /** The same case after the submissions were run. */
  TestCase judged(CaseAgreement found, CaseOutcome as, String why, double moreSeconds) {
    return new TestCase(number, true, input, found, as, why, seconds + moreSeconds);
  }

  /** The agreed output. */
  Optional<String> output() {
    return agreement.agreeing().isEmpty() ? Optional.empty() : Optional.of(agreement.output());
  }
}
