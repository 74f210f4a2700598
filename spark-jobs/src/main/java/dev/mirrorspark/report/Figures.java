package dev.mirrorspark.report;

import java.util.Locale;

/** Numbers as text, the same in every locale; NaN, which stands for "none", is a dash. */
final class Figures {
  private Figures() {}

  static String percent(double share) {
    return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  static String fixed(double value, int decimals) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
