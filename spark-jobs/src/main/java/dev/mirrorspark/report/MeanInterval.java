package dev.mirrorspark.report;

import org.apache.commons.math3.distribution.TDistribution;

/**
 * The mean of a few independent values, such as one run's a seed, with its 95% interval by
 * Student's t: mean ± t(n − 1) · s / √n.
 *
 * @param n number of values
 * @param mean NaN where there is none
 * @param halfWidth half the width of the interval; NaN for fewer than two values
 */
public record MeanInterval(int n, double mean, double halfWidth) {
  private static final double UPPER_QUANTILE = 0.975;

  /** The interval of these values. */
  public static MeanInterval of(double... values) {
    int n = values.length;
    if (n == 0) {
      return new MeanInterval(0, Double.NaN, Double.NaN);
    }
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / n;
    if (n == 1) {
      return new MeanInterval(1, mean, Double.NaN);
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double t = new TDistribution(n - 1).inverseCumulativeProbability(UPPER_QUANTILE);
    return new MeanInterval(n, mean, t * Math.sqrt(squares / (n - 1) / n));
  }

  /** Mean and half width in words, {@code 72.6 ± 4.5}; without an interval the mean alone. */
  String text(int decimals) {
    return Figures.fixed(mean, decimals) + plusMinus(decimals);
  }

  /** As {@link #text}, with the sign of the mean. */
  String signed(int decimals) {
    return (mean > 0 ? "+" : "") + text(decimals);
  }

  private String plusMinus(int decimals) {
    return Double.isNaN(halfWidth) ? "" : " ± " + Figures.fixed(halfWidth, decimals);
  }
}
