package dev.mirrorspark.curate;

import java.util.Arrays;

/**
 * MinHash with banding (Broder, 1997): texts whose shingles have Jaccard similarity s share at
 * least one of b bands of r values with probability 1 − (1 − s^r)^b.
 */
final class MinHash {
  private MinHash() {}

  /**
   * The key of each band.
   *
   * @param rows MinHash values in a band
   * @param salt kept in every key: texts with another one share no key
   */
  static long[] bands(long[] shingles, int bands, int rows, long salt) {
    long[] keys = new long[bands];
    for (int band = 0; band < bands; band++) {
      long key = mix(salt ^ mix(band));
      for (int row = 0; row < rows; row++) {
        long function = mix(0x5851f42d4c957f2dL + (long) band * rows + row);
        key = mix(key ^ least(shingles, function));
      }
      keys[band] = key;
    }
    return keys;
  }

  private static long least(long[] shingles, long function) {
    return Arrays.stream(shingles).map(shingle -> mix(shingle ^ function)).min().orElse(0);
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
  static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
