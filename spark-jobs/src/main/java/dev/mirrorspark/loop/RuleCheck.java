package dev.mirrorspark.loop;

import dev.mirrorspark.eval.AnswerCheck;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.reward.Verifiers;
import java.util.Optional;

/** Judges evaluations by the verifiers that score rollouts. */
final class RuleCheck implements AnswerCheck {
  private static final long serialVersionUID = 1L;

  /** Loaded in the task that uses it: verifiers do not travel. */
  private transient Verifiers verifiers;

  @Override
  public synchronized Optional<Boolean> correct(
      String answer, String answerType, String response, boolean ended) {
    if (verifiers == null) {
      verifiers = Verifiers.load();
    }
    Outcome outcome = verifiers.judge(answer, answerType, response, ended).verdict().outcome();
    return outcome == Outcome.ERROR ? Optional.empty() : Optional.of(outcome == Outcome.CORRECT);
  }
}
