package dev.mirrorspark.testgen;

import dev.mirrorspark.config.TestCasesConfig;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The numbers of the rule (Kimi k1.5, 2.3.5): 7 of 10 for a case, 40 of 50 cases and 9 of 10 for a
 * problem. Shares hold for any number of submissions: 7 of 10 is 4 of 5.
 *
 * @param cases how often a generator is run
 * @param minValid valid cases that a problem needs
 */
record Thresholds(int cases, double validShare, int minValid, double passShare)
    implements Serializable {

  static Thresholds of(TestCasesConfig config) {
    return new Thresholds(
        config.cases(), config.validShare(), config.minValid(), config.passShare());
  }

  /** The submissions that must give the same output for a case to be valid. */
  int agreeing(int submissions) {
    return of(validShare, submissions);
  }

  /** The submissions that must pass all valid cases for a problem to be kept. */
  int passing(int submissions) {
    return of(passShare, submissions);
  }

  /** The least number that is this share: in decimals, since 0.7 × 10 is to be 7. */
  private static int of(double share, int number) {
    return BigDecimal.valueOf(share)
        .multiply(BigDecimal.valueOf(number))
        .setScale(0, RoundingMode.CEILING)
        .intValueExact();
  }
}
