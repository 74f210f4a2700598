package dev.mirrorspark.train;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Differences between the log-probs of sampling and the trainer's, in nats, as sums that add up.
 *
 * @param sum of the absolute differences
 * @param tokens their number
 * @param largest the largest; NaN if one is
 * @param largestKey the response that it stands in; empty if there is none
 * @param bins how many lie in each bin; four bins to a factor of 10, from 1e-7 to 1e2
 */
public record LogprobGaps(double sum, long tokens, double largest, String largestKey, long[] bins)
    implements Serializable {
  private static final int BINS = 37;
  private static final double SMALLEST = 1e-7;

  /** None seen. */
  public static final LogprobGaps NONE = new LogprobGaps(0, 0, 0, "", new long[BINS]);

  /** Those of one response. */
  static LogprobGaps of(String key, double[] gaps) {
    double sum = 0;
    double largest = 0;
    long[] bins = new long[BINS];
    for (double gap : gaps) {
      sum += gap;
      largest = Double.compare(gap, largest) > 0 ? gap : largest;
      bins[bin(gap)]++;
    }
    return new LogprobGaps(sum, gaps.length, largest, gaps.length > 0 ? key : "", bins);
  }

  private static int bin(double gap) {
    if (!(gap < Double.POSITIVE_INFINITY)) {
      return BINS - 1;
    }
    return gap <= SMALLEST
        ? 0
        : (int) Math.min(BINS - 1, Math.ceil(4 * Math.log10(gap / SMALLEST)));
  }

  /** Both together. */
  LogprobGaps plus(LogprobGaps other) {
    // Double.compare holds NaN for the largest: a gap that is NaN must not be lost.
    boolean mine = Double.compare(largest, other.largest) >= 0 && tokens > 0;
    long[] both = new long[BINS];
    Arrays.setAll(both, i -> bins[i] + other.bins[i]);
    return new LogprobGaps(
        sum + other.sum,
        tokens + other.tokens,
        mine ? largest : other.largest,
        mine ? largestKey : other.largestKey,
        both);
  }

  /** Their mean; NaN if there are none. */
  public double mean() {
    return tokens == 0 ? Double.NaN : sum / tokens;
  }

  /**
   * The 99th percentile, to the upper end of its bin (a factor of 1.8 at most), never above the
   * largest; NaN if there are none.
   */
  public double p99() {
    if (tokens == 0) {
      return Double.NaN;
    }
    long wanted = (long) Math.ceil(0.99 * tokens);
    long seen = 0;
    int bin = -1;
    while (seen < wanted) {
      seen += bins[++bin];
    }
    return bin == BINS - 1 ? largest : Math.min(largest, SMALLEST * Math.pow(10, bin / 4.0));
  }
}
