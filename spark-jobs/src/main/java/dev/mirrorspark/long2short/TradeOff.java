package dev.mirrorspark.long2short;

import java.util.Comparator;
import java.util.List;

/**
 * How well a policy answers, and in how many tokens.
 *
 * @param accuracy share of right responses
 * @param meanTokens of a response
 */
public record TradeOff(String name, double accuracy, double meanTokens) {
  private static final double TOKENS = 100;

  /** A difference of exactly the tolerance counts, though 0.20 − 0.18 is above 0.02 in binary. */
  private static final double ROUNDING = 1e-9;

  /** Accuracy in percentage points for each 100 tokens of a response. */
  public double efficiency() {
    return 100 * accuracy / (meanTokens / TOKENS);
  }

  /**
   * The best trade-off, from which reinforcement learning goes on (Kimi k1.5, 2.4; the rule is
   * ours): of those whose accuracy is at most the tolerance below the highest one, that with the
   * fewest mean tokens; of as many, the first.
   *
   * @param all at least one
   * @param tolerance a share, from 0 up
   */
  public static TradeOff best(List<TradeOff> all, double tolerance) {
    double highest = all.stream().mapToDouble(TradeOff::accuracy).max().orElseThrow();
    return all.stream()
        .filter(one -> one.accuracy() >= highest - tolerance - ROUNDING)
        .min(Comparator.comparingDouble(TradeOff::meanTokens))
        .orElseThrow();
  }
}
