package dev.mirrorspark.decode;

import java.nio.charset.StandardCharsets;

/** Seeds derived by hashing, never drawn: the same inputs give the same stream on every run. */
public final class Seeds {
  private Seeds() {}

  /** Seed of a response: of the run, the iteration in which it was born, its prompt and sample. */
  public static long response(long runSeed, int iteration, String promptId, int sample) {
    return mix(mix(mix(mix(runSeed) ^ iteration) ^ hash(promptId)) ^ sample);
  }

  /** Sorts prompts into an order of their own in each round (an iteration, an epoch). */
  public static long order(long runSeed, int round, String promptId) {
    return mix(mix(mix(runSeed) ^ round) ^ hash(promptId));
  }

  /** Uniform in [0, 1), for one position of a response. */
  public static double uniform(long seed, int position) {
    return (mix(seed ^ mix(position)) >>> 11) * 0x1.0p-53;
  }

  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
