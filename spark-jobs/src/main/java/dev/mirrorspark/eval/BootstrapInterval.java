package dev.mirrorspark.eval;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The 95% confidence interval of a mean over problems, by the percentile bootstrap: problems, with
 * all their responses, are drawn with replacement {@value #RESAMPLES} times, and the interval holds
 * the middle 95% of the means. The seed is fixed, so the same values give the same interval.
 *
 * <p>Values that are all equal have no spread to draw from, but are no certainty either: their
 * interval allows for unseen problems with the extreme values, whose share is at most the upper end
 * of the {@link WilsonInterval} of none in as many trials.
 */
public record BootstrapInterval(double low, double high) {
  private static final int RESAMPLES = 2000;
  private static final long SEED = 2501_12599L;
  private static final double TAIL = 0.025;

  /**
   * The interval of the mean of these values.
   *
   * @param values one a problem; none gives the whole range
   * @param min least possible value
   * @param max largest possible value
   */
  public static BootstrapInterval of(double[] values, double min, double max) {
    if (values.length == 0) {
      return new BootstrapInterval(min, max);
    }
    if (Arrays.stream(values).allMatch(value -> value == values[0])) {
      double unseen = WilsonInterval.of(0, values.length).high();
      return new BootstrapInterval(
          values[0] - unseen * (values[0] - min), values[0] + unseen * (max - values[0]));
    }
    var random = new SplittableRandom(SEED);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < values.length; j++) {
        sum += values[random.nextInt(values.length)];
      }
      means[i] = sum / values.length;
    }
    Arrays.sort(means);
    int cut = (int) (RESAMPLES * TAIL);
    return new BootstrapInterval(means[cut], means[RESAMPLES - 1 - cut]);
  }
}
