package dev.mirrorspark.eval;

/**
 * The 95% confidence interval of a share (Wilson, 1927): unlike the normal approximation it stays
 * within [0, 1] and holds for shares near 0 and 1.
 */
public record WilsonInterval(double low, double high) {
  /** The 0.975 quantile of the standard normal distribution. */
  private static final double Z = 1.959963984540054;

  /**
   * The interval of a share observed in n independent trials.
   *
   * @param share between 0 and 1
   * @param n number of trials; 0 gives [0, 1]
   */
  public static WilsonInterval of(double share, int n) {
    if (n == 0) {
      return new WilsonInterval(0, 1);
    }
    double z2 = Z * Z / n;
    double centre = (share + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * Math.sqrt(share * (1 - share) / n + z2 / (4 * n));
    return new WilsonInterval(Math.max(0, centre - half), Math.min(1, centre + half));
  }
}
