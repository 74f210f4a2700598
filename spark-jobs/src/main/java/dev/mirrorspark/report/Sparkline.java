package dev.mirrorspark.report;

import java.util.Arrays;

/** Numbers in their order as one line of text. */
public final class Sparkline {
  private static final String STEPS = "▁▂▃▄▅▆▇█";
  private static final char NONE = ' ';

  private Sparkline() {}

  /**
   * One character a number; of more than {@code most} numbers, one for the mean of each of as many
   * stretches of nearly equal length. A number that is NaN is a blank and counts in no mean.
   *
   * @param low what the lowest step stands for
   * @param high what the highest step stands for; where it is not above {@code low}, all stand in
   *     the middle
   */
  public static String of(double[] numbers, double low, double high, int most) {
    int points = Math.min(numbers.length, most);
    var line = new StringBuilder(points);
    for (int i = 0; i < points; i++) {
      int from = (int) ((long) numbers.length * i / points);
      int to = (int) ((long) numbers.length * (i + 1) / points);
      double mean =
          Arrays.stream(numbers, from, to)
              .filter(x -> !Double.isNaN(x))
              .average()
              .orElse(Double.NaN);
      line.append(step(mean, low, high));
    }
    return line.toString();
  }

  /** As above, from the lowest to the highest of the numbers. */
  public static String of(double[] numbers, int most) {
    var range = Arrays.stream(numbers).filter(x -> !Double.isNaN(x)).summaryStatistics();
    return of(numbers, range.getMin(), range.getMax(), most);
  }

  private static char step(double number, double low, double high) {
    if (Double.isNaN(number)) {
      return NONE;
    }
    double share = high > low ? (number - low) / (high - low) : 0.5;
    int step = (int) Math.floor(Math.max(0, Math.min(1, share)) * STEPS.length());
    return STEPS.charAt(Math.min(step, STEPS.length() - 1));
  }
}
