package dev.mirrorspark.eval;

/**
 * The exact test of McNemar (1947), a sign test: whether two policies that answer the same problems
 * once each are equally often right. Only problems count that one of them alone gets right.
 */
final class McNemarTest {
  private McNemarTest() {}

  /**
   * The two-sided p-value: the probability of a split at least as uneven, were each of these
   * problems as likely to fall to the one policy as to the other.
   *
   * @param one problems that the one policy alone gets right
   * @param other problems that the other policy alone gets right
   */
  static double pValue(int one, int other) {
    int n = one + other;
    double logWays = 0;
    double tail = 0;
    for (int i = 0; i <= Math.min(one, other); i++) {
      tail += Math.exp(logWays - n * Math.log(2));
      logWays += Math.log(n - i) - Math.log(i + 1);
    }
    return Math.min(1, 2 * tail);
  }
}
