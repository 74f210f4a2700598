package dev.mirrorspark.reward;

import dev.mirrorspark.table.Rewards;
import java.util.Objects;
import java.util.Optional;

/**
 * A verifier's judgement of a response.
 *
 * @param detail what the verifier saw, or why it failed; one line
 */
public record Verdict(Outcome outcome, String detail) {

  /** How the judgement turned out. */
  public enum Outcome {
    CORRECT(Rewards.CORRECT),
    WRONG(Rewards.WRONG),
    /** The verifier failed: there is no reward, which is not a reward of 0. */
    ERROR(Rewards.ERROR);

    private final String label;

    Outcome(String label) {
      this.label = label;
    }

    /** The value of column {@code verdict}. */
    public String label() {
      return label;
    }
  }

  public Verdict {
    Objects.requireNonNull(outcome);
    Objects.requireNonNull(detail);
  }

  /** Correct or wrong. */
  public static Verdict of(boolean correct, String detail) {
    return new Verdict(correct ? Outcome.CORRECT : Outcome.WRONG, detail);
  }

  /** Whether the response is right; empty where the verifier failed. */
  public Optional<Boolean> correct() {
    return outcome == Outcome.ERROR ? Optional.empty() : Optional.of(outcome == Outcome.CORRECT);
  }

  /** The verifier failed. */
  public static Verdict error(String detail) {
    return new Verdict(Outcome.ERROR, detail);
  }
}
