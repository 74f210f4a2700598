package dev.mirrorspark.train;

/** temporary */
final class KlEstimate {
  private KlEstimate() {}

  static double of(double ratio) {
    return Math.exp(ratio) * ratio - Math.expm1(ratio);
  }
}
