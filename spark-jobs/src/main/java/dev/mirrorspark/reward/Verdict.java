package dev.mirrorspark.reward;

import dev.mirrorspark.decode.Endpoint;
import dev.mirrorspark.table.Rewards;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A verifier's judgement of a response.
 *
 * @param detail what the verifier saw, or why it failed; one line
 * @param score the reward in place of 1 for correct and 0 for wrong, from 0 to 1; empty from a
 *     verifier that gives none, and where it failed
 * @param cause why the verifier failed; empty where it did not
 */
public record Verdict(Outcome outcome, String detail, OptionalDouble score, Optional<Cause> cause) {

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

  /** Why a verifier failed. */
  public enum Cause {
    /** It says itself that it cannot judge. */
    REFUSED,
    /** It threw. */
    EXCEPTION,
    /** It gave no verdict in time. */
    TIMEOUT,
    /** It was not asked: it had hung too often before. */
    GIVEN_UP,
    /** Its endpoint could not be reached, or had no reply after all attempts. */
    UNAVAILABLE,
    /** Its endpoint turned the request down. */
    REJECTED,
    /** What its endpoint replied is no verdict. */
    BAD_REPLY,
    /** There is none for such problems. */
    NO_VERIFIER;

    /** The value of column {@code cause}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Verdict {
    Objects.requireNonNull(outcome);
    Objects.requireNonNull(detail);
    if ((outcome == Outcome.ERROR) != cause.isPresent()) {
      throw new IllegalArgumentException("a cause belongs to an error: " + outcome + ", " + cause);
    }
    if (score.isPresent() && !(score.getAsDouble() >= 0 && score.getAsDouble() <= 1)) {
      throw new IllegalArgumentException("score " + score.getAsDouble() + " is not from 0 to 1");
    }
    if (score.isPresent() && outcome == Outcome.ERROR) {
      throw new IllegalArgumentException("an error has no score");
    }
  }

  /** Correct or wrong. */
  public static Verdict of(boolean correct, String detail) {
    return new Verdict(
        correct ? Outcome.CORRECT : Outcome.WRONG,
        detail,
        OptionalDouble.empty(),
        Optional.empty());
  }

  /** The same with a reward between those of wrong and correct. */
  public static Verdict scored(boolean correct, double score, String detail) {
    return new Verdict(
        correct ? Outcome.CORRECT : Outcome.WRONG,
        detail,
        OptionalDouble.of(score),
        Optional.empty());
  }

  /** The verifier cannot judge. */
  public static Verdict error(String detail) {
    return error(Cause.REFUSED, detail);
  }

  /** The verifier failed. */
  static Verdict error(Cause cause, String detail) {
    return new Verdict(Outcome.ERROR, detail, OptionalDouble.empty(), Optional.of(cause));
  }

  /** An endpoint failed. */
  static Verdict error(Endpoint.Failure failure) {
    Cause cause =
        switch (failure.cause()) {
          case UNAVAILABLE -> Cause.UNAVAILABLE;
          case REJECTED -> Cause.REJECTED;
          case BAD_REPLY -> Cause.BAD_REPLY;
        };
    return error(cause, failure.detail());
  }

  /** Whether the response is right; empty where the verifier failed. */
  public Optional<Boolean> correct() {
    return outcome == Outcome.ERROR ? Optional.empty() : Optional.of(outcome == Outcome.CORRECT);
  }

  /** The reward, from 0 to 1; empty where the verifier failed. */
  public OptionalDouble reward() {
    return switch (outcome) {
      case CORRECT -> OptionalDouble.of(score.orElse(1));
      case WRONG -> OptionalDouble.of(score.orElse(0));
      case ERROR -> OptionalDouble.empty();
    };
  }
}
