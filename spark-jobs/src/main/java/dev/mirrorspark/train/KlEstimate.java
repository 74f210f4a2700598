package dev.mirrorspark.train;

/**
 * Estimates KL(π‖π_i) from tokens that π_i sampled, and is never negative.
 *
 * <p>With ρ = log π(y) − log π_i(y) and y drawn from π_i, E[e^ρ·ρ] = KL(π‖π_i) and E[e^ρ − 1] = 0;
 * the difference e^ρ·ρ − (e^ρ − 1) is at least 0 at every y, since x·log x is convex and x − 1 is
 * its tangent at x = 1. It is the third estimator of J. Schulman, "Approximating KL divergence"
 * (2020), in the form for samples of the second distribution; e^ρ − 1 − ρ, the form that is often
 * used, would estimate KL(π_i‖π) from the same samples.
 *
 * <p>Summed over a response it estimates the sum of the divergences token by token at the prefixes
 * that π_i sampled.
 */
public final class KlEstimate {
  /** Below it the terms of the closed form cancel; the series is exact to 1e-13 of its value. */
  private static final double SERIES_BELOW = 1e-3;

  /** Below it e^ρ·ρ is 0 beside 1. */
  private static final double NO_MASS = -50;

  private KlEstimate() {}

  /**
   * The estimate of one token, in nats, at least 0.
   *
   * @param logRatio ρ, the log-prob under π less that under π_i, both at the sampling temperature;
   *     −∞ where π rules the token out
   */
  public static double ofToken(double logRatio) {
    double r = logRatio;
    if (r < NO_MASS) {
      return 1;
    }
    if (Math.abs(r) < SERIES_BELOW) {
      return r * r * (1. / 2 + r * (1. / 3 + r * (1. / 8 + r / 30)));
    }
    return (r - 1) * StrictMath.exp(r) + 1;
  }
}
