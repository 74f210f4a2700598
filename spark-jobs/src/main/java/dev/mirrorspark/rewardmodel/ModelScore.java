package dev.mirrorspark.rewardmodel;

import java.io.Serializable;
import java.util.OptionalDouble;

/**
 * What a reward model makes of a response.
 *
 * @param score how sure it is that the response is correct, from 0 to 1; NaN if it could not judge
 * @param detail what it saw, or why it could not judge; one line
 */
public record ModelScore(ResponseKey key, double score, String detail) implements Serializable {
  /** From this score on a response counts as correct. */
  public static final double CORRECT_FROM = 0.5;

  static ModelScore error(ResponseKey key, String why) {
    return new ModelScore(key, Double.NaN, why);
  }

  /** The score; empty if it could not judge. */
  public OptionalDouble value() {
    return Double.isNaN(score) ? OptionalDouble.empty() : OptionalDouble.of(score);
  }
}
