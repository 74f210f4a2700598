package dev.mirrorspark.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The known key that a mistyped one most likely meant. */
final class NearestKey {
  private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

  private NearestKey() {}

  /**
   * The nearest of the known dotted keys by the edit distance of their last names; one edit dearer
   * outside the section that the mistyped key stands in. Empty when none lies within two edits or a
   * third of the name.
   *
   * @param key the unknown dotted key
   * @param known every known dotted key
   */
  static Optional<String> find(String key, Collection<String> known) {
    String name = name(key);
    int limit = Math.max(2, name.length() / 3);
    return known.stream()
        .filter(candidate -> cost(key, candidate) <= limit)
        .min(
            Comparator.<String>comparingInt(candidate -> cost(key, candidate))
                .thenComparingInt(candidate -> DISTANCE.apply(key, candidate)));
  }

  private static int cost(String key, String candidate) {
    int elsewhere = section(key).equals(section(candidate)) ? 0 : 1;
    return DISTANCE.apply(name(key), name(candidate)) + elsewhere;
  }

  private static String name(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  private static String section(String key) {
    return key.substring(0, Math.max(0, key.lastIndexOf('.')));
  }
}
