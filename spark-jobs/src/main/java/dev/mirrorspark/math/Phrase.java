package dev.mirrorspark.math;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Words between values that stand for signs. */
final class Phrase {
  private static final Pattern EDGES = Pattern.compile("^[,;:]\\s*|[,;:]$");
  private static final Pattern CONDITION =
      Pattern.compile(
          "where|for|for all|for any|for every|for each|for some|with|such that|if|when|whenever");
  private static final Pattern KIND =
      Pattern.compile(
          "is (?:an? |any |some )?(?:arbitrary )?(integer|real(?: number)?|constant|real constant)");

  /** Words of two letters that are no products where they are all there is. */
  private static final Set<String> SHORT_WORDS =
      Set.of("no", "on", "up", "at", "to", "go", "so", "it", "is", "he", "we", "of", "by", "us");

  private Phrase() {}

  /** In lower case, without signs at its edges. */
  static String bare(String words) {
    return EDGES.matcher(words.toLowerCase(Locale.ROOT)).replaceAll("").strip();
  }

  /** Whether a condition on what stands before comes after it. */
  static boolean startsCondition(String bare) {
    return CONDITION.matcher(bare).matches();
  }

  /** The numbers that a letter is one of, as in {@code k is an integer}. */
  static Optional<String> numbers(String bare) {
    var kind = KIND.matcher(bare);
    return kind.matches()
        ? Optional.of(kind.group(1).equals("integer") ? "ℤ" : "ℝ")
        : Optional.empty();
  }

  static boolean isShortWord(String lower) {
    return SHORT_WORDS.contains(lower);
  }
}
