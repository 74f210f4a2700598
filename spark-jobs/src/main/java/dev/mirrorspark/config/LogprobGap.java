package dev.mirrorspark.config;

import java.io.Serializable;

/**
 * Bounds of the difference between the log-probs of sampling and the trainer's at an iteration's
 * first step, when both are those of one policy, in nats; 0: the one that fits the precision.
 *
 * @param mean of the mean over all tokens
 * @param p99 of the 99th percentile
 * @param max of the largest
 */
public record LogprobGap(double mean, double p99, double max) implements Serializable {

  /** The bounds with those of the precision in place of zeros; infinity: none. */
  public LogprobGap in(String precision) {
    boolean bf16 = precision.equals("bf16");
    return new LogprobGap(
        mean > 0 ? mean : bf16 ? 0.03 : 1e-4,
        p99 > 0 ? p99 : bf16 ? 0.3 : 1e-3,
        max > 0 ? max : bf16 ? Double.POSITIVE_INFINITY : 1e-2);
  }
}
