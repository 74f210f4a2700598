package dev.mirrorspark.report;

import java.util.Locale;

/** Numbers as text, the same in every locale; NaN, which stands for "none", is a dash. */
public final class Figures {
  private Figures() {}

  /** A share in percent, with one decimal. */
  public static String percent(double share) {
    return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  /** A number with so many decimals. */
  public static String fixed(double value, int decimals) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** Both ends of an interval of shares, in percent. */
  public static String interval(double low, double high) {
    return percent(low) + " to " + percent(high);
  }

  /** A p-value: three decimals, or two digits and a power of ten where it is below 0.001. */
  public static String pValue(double value) {
    return String.format(Locale.ROOT, value < 0.001 ? "%.1e" : "%.3f", value);
  }
}
