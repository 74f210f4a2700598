package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.random.RandomGenerator;

/**
 * How long a text of many entries is, and where the one lies that is asked for: of level {@code
 * 10·c + d} it has 64·2^c characters, c from 1 (128) to 11 (131,072), and the entry lies d ninths
 * of the way down, d from 0 (the first entry) to 9 (the last).
 */
record Haystack(int length, int entries, int place) {
  private static final int MIN_LEVEL = 10;
  private static final int MAX_LEVEL = 119;
  private static final int DEPTHS = 10;
  private static final int SHORTEST = 64;
  private static final int ENTRY = "abc=12;".length();
  private static final int QUESTION = "?abc>".length();

  /**
   * That of a level.
   *
   * @throws UserError if there is no such level
   */
  static Haystack of(String generator, int level) {
    if (level < MIN_LEVEL || level > MAX_LEVEL) {
      throw new UserError(
          "generator %s has no level %d: use levels %d to %d, ten depths for each length"
              .formatted(generator, level, MIN_LEVEL, MAX_LEVEL));
    }
    int length = SHORTEST << level / DEPTHS;
    int entries = (length - QUESTION) / ENTRY;
    double depth = (double) (level % DEPTHS) / (DEPTHS - 1);
    return new Haystack(length, entries, (int) Math.round(depth * (entries - 1)));
  }

  static String letters(int count, RandomGenerator rng) {
    var letters = new StringBuilder();
    for (int i = 0; i < count; i++) {
      letters.append((char) ('a' + rng.nextInt(26)));
    }
    return letters.toString();
  }

  static int value(RandomGenerator rng) {
    return 10 + rng.nextInt(90);
  }
}
