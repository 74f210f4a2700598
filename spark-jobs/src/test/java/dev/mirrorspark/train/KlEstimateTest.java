package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KlEstimateTest {

  /** By enumeration of y: Σ π_i(y)·estimate(y) = Σ π(y)·log(π(y)/π_i(y)). */
  @Test
  void itsExpectationUnderTheReferenceIsTheDivergenceOfThePolicy() {
    double[] policy = {0.5, 0.3, 0.15, 0.04, 0.01};
    double[] reference = {0.2, 0.2, 0.2, 0.3, 0.1};
    double forward = kl(policy, reference);
    assertTrue(Math.abs(forward - kl(reference, policy)) > 0.05, "the two directions differ");
    assertEquals(forward, expectation(policy, reference), 1e-14);
    assertEquals(kl(reference, policy), expectation(reference, policy), 1e-14);
  }

  @Test
  void aTokenThatThePolicyRulesOutCounts() {
    double[] policy = {0.75, 0.25, 0};
    double[] reference = {0.5, 0.25, 0.25};
    assertEquals(0.75 * Math.log(1.5), expectation(policy, reference), 1e-15);
    assertEquals(1, KlEstimate.ofToken(Double.NEGATIVE_INFINITY));
  }

  @Test
  void itIsExactAndNeverNegativeNearZero() {
    assertEquals(0, KlEstimate.ofToken(0));
    for (double size = 1e-20; size < 40; size *= 1.7) {
      for (double ratio : new double[] {size, -size}) {
        double exact = exact(ratio);
        assertTrue(KlEstimate.ofToken(ratio) >= 0, "at " + ratio);
        assertEquals(1, KlEstimate.ofToken(ratio) / exact, 1e-9, "at " + ratio);
      }
    }
    assertEquals(Double.POSITIVE_INFINITY, KlEstimate.ofToken(1e3));
  }

  /** Many draws, as the trainer sees them. */
  @Test
  void drawsOfTheReferenceConverge() {
    double[] policy = {0.5, 0.3, 0.2};
    double[] reference = {0.4, 0.4, 0.2};
    var rng = new SplittableRandom(7);
    int draws = 200_000;
    double sum = 0;
    for (int i = 0; i < draws; i++) {
      double u = rng.nextDouble();
      int y = u < 0.4 ? 0 : u < 0.8 ? 1 : 2;
      sum += KlEstimate.ofToken(Math.log(policy[y] / reference[y]));
    }
    assertEquals(kl(policy, reference), sum / draws, 1e-3);
  }

  private static double expectation(double[] policy, double[] reference) {
    return IntStream.range(0, policy.length)
        .mapToDouble(y -> reference[y] * KlEstimate.ofToken(Math.log(policy[y] / reference[y])))
        .sum();
  }

  private static double kl(double[] p, double[] q) {
    return IntStream.range(0, p.length)
        .mapToDouble(y -> p[y] == 0 ? 0 : p[y] * Math.log(p[y] / q[y]))
        .sum();
  }

  /** Σ over n from 2 of ρ^n·(n − 1)/n!, with 60 digits. */
  private static double exact(double logRatio) {
    var digits = new MathContext(60);
    var ratio = new BigDecimal(logRatio);
    var power = ratio;
    var sum = BigDecimal.ZERO;
    var factorial = BigDecimal.ONE;
    for (int n = 2; n < 250; n++) {
      power = power.multiply(ratio, digits);
      factorial = factorial.multiply(BigDecimal.valueOf(n), digits);
      sum = sum.add(power.multiply(BigDecimal.valueOf(n - 1)).divide(factorial, digits), digits);
    }
    return sum.doubleValue();
  }
}
