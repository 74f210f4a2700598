package dev.mirrorspark.eval;

import java.util.stream.IntStream;

/**
 * pass@k: the probability that at least one of k responses to a problem is right, estimated without
 * bias from n ≥ k responses of which c are right, 1 − C(n−c, k)/C(n, k) (Chen et al., 2021).
 */
final class PassAtK {
  private PassAtK() {}

  /** The numbers of tries that are reported: 1, 2, 4, … up to the number of responses. */
  static int[] tries(int samples) {
    return IntStream.iterate(1, k -> k > 0 && k <= samples, k -> 2 * k).toArray();
  }

  /**
   * The estimate, as a product of factors between 0 and 1: neither binomial coefficient is formed.
   *
   * @param n responses, at least k
   * @param c right ones among them
   */
  static double of(int n, int c, int k) {
    if (k < 1 || k > n || c < 0 || c > n) {
      throw new IllegalArgumentException("pass@%d of %d right in %d".formatted(k, c, n));
    }
    if (k == 1) {
      return c / (double) n;
    }
    double none = 1;
    for (int drawn = 0; drawn < k; drawn++) {
      none *= Math.max(0, n - c - drawn) / (double) (n - drawn);
    }
    return 1 - none;
  }
}
