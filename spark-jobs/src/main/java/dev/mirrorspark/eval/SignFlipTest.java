package dev.mirrorspark.eval;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The paired permutation test: were two policies alike, the difference that they show on a problem
 * would have had either sign with equal probability. Its p-value is the probability of a sum of
 * differences at least as far from zero as the one found.
 *
 * <p>It is exact, by adding up the distribution of the sum problem by problem, unless that takes
 * more than {@value #EXACT_ADDITIONS} additions; then it is estimated from {@value #DRAWS} random
 * choices of signs with a fixed seed, the found one counted in.
 */
final class SignFlipTest {
  private static final long EXACT_ADDITIONS = 1_000_000_000L;
  private static final int MOST_SUMS = 10_000_000;
  private static final int DRAWS = 100_000;
  private static final long SEED = 2501_12599L;

  private SignFlipTest() {}

  /**
   * The two-sided p-value.
   *
   * @param differences one a problem, in one unit for all
   */
  static double pValue(long[] differences) {
    long[] sizes = Arrays.stream(differences).map(Math::abs).filter(size -> size > 0).toArray();
    long total = Arrays.stream(sizes).sum();
    long found = Math.abs(Arrays.stream(differences).sum());
    boolean small = total <= MOST_SUMS && total * sizes.length <= EXACT_ADDITIONS;
    return small ? exact(sizes, (int) total, found) : drawn(sizes, found);
  }

  /**
   * A sum of s is reached where differences of total size (total − s)/2 turn negative, so the
   * distribution of that size is enough.
   */
  static double exact(long[] sizes, int total, long found) {
    double[] negative = new double[total + 1];
    negative[0] = 1;
    int reach = 0;
    for (long size : sizes) {
      int step = (int) size;
      reach += step;
      for (int at = reach; at >= 0; at--) {
        negative[at] = 0.5 * (negative[at] + (at >= step ? negative[at - step] : 0));
      }
    }
    double tail = 0;
    for (int at = 0; at <= total; at++) {
      if (Math.abs(total - 2L * at) >= found) {
        tail += negative[at];
      }
    }
    return Math.min(1, tail);
  }

  static double drawn(long[] sizes, long found) {
    var random = new SplittableRandom(SEED);
    int asFar = 1;
    for (int draw = 0; draw < DRAWS; draw++) {
      long sum = 0;
      long bits = 0;
      for (int i = 0; i < sizes.length; i++) {
        bits = i % Long.SIZE == 0 ? random.nextLong() : bits >>> 1;
        sum += (bits & 1) == 0 ? sizes[i] : -sizes[i];
      }
      asFar += Math.abs(sum) >= found ? 1 : 0;
    }
    return asFar / (double) (DRAWS + 1);
  }
}
