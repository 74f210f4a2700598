package dev.mirrorspark.sandbox;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Compares a program's output with the right one.
 *
 * @param tolerance of {@link Mode#NUMBERS}, absolute or relative
 * @param ignoreCase whether {@code Yes} is {@code YES}
 */
public record OutputComparison(Mode mode, double tolerance, boolean ignoreCase)
    implements Run.OutputRule {

  /** What counts. */
  public enum Mode {
    /**
     * {@link #LINES} where the right output is laid out: where one of several lines begins with
     * white space, or a line holds two blanks in a row, or has neither letter nor digit, as
     * drawings do. Otherwise {@link #TOKENS}.
     */
    USUAL,
    /** Every character; the last line need not end. */
    EXACT,
    /** Every character but white space at the ends of lines, and empty lines at the end. */
    LINES,
    /** The words, whatever white space stands between, before and behind them. */
    TOKENS,
    /** The same, where numbers are equal up to a tolerance, see {@link Tokens}. */
    NUMBERS
  }

  /** As problems are judged that do not say how. */
  public static final OutputComparison USUAL =
      new OutputComparison(Mode.USUAL, Tokens.TOLERANCE, false);

  private static final Pattern WITH_TOLERANCE =
      Pattern.compile("numbers\\s*\\(\\s*([0-9.eE+-]{1,30})\\s*\\)");

  private static final Pattern INDENTED = Pattern.compile("(?m)^[ \\t]+\\S");
  private static final Pattern SPACED = Pattern.compile("\\S {2,}\\S");
  private static final Pattern DRAWN = Pattern.compile("(?m)^(?=.*\\S)[^\\p{L}\\p{N}\\n\\r]+$");
  private static final int SHOWN = 40;

  /**
   * The comparison of that name: {@code exact}, {@code lines}, {@code tokens}, {@code numbers} or
   * {@code numbers(1e-9)}; empty if it is none.
   */
  public static Optional<OutputComparison> named(String name) {
    var asked = WITH_TOLERANCE.matcher(name.strip());
    if (asked.matches()) {
      OptionalDouble tolerance = tolerance(asked.group(1));
      return tolerance.isPresent()
          ? Optional.of(new OutputComparison(Mode.NUMBERS, tolerance.getAsDouble(), false))
          : Optional.empty();
    }
    return Arrays.stream(Mode.values())
        .filter(mode -> mode != Mode.USUAL)
        .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(name.strip()))
        .findFirst()
        .map(mode -> new OutputComparison(mode, Tokens.TOLERANCE, false));
  }

  private static OptionalDouble tolerance(String text) {
    try {
      double value = Double.parseDouble(text);
      return value >= 0 && value < 1 ? OptionalDouble.of(value) : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  /** The same, with or without a difference between small and capital letters. */
  public OutputComparison ignoringCase(boolean ignore) {
    return new OutputComparison(mode, tolerance, ignore);
  }

  /** The first difference in words; empty if the output is right. */
  public Optional<String> difference(String right, String output) {
    String expected = ignoreCase ? folded(right) : right;
    String got = ignoreCase ? folded(output) : output;
    return switch (mode) {
      case EXACT -> exact(expected, got);
      case LINES -> lines(expected, got);
      case TOKENS -> Tokens.difference(expected, got, OptionalDouble.empty());
      case NUMBERS -> Tokens.difference(expected, got, OptionalDouble.of(tolerance));
      case USUAL ->
          laidOut(expected.stripTrailing())
              ? lines(expected, got)
              : Tokens.difference(expected, got, OptionalDouble.empty());
    };
  }

  private static boolean laidOut(String text) {
    boolean several = text.lines().filter(line -> !line.isBlank()).limit(2).count() == 2;
    return several && INDENTED.matcher(text).find()
        || SPACED.matcher(text).find()
        || DRAWN.matcher(text).find();
  }

  private static String folded(String text) {
    return text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  private static Optional<String> exact(String right, String output) {
    return difference(
        unixLines(right).replaceFirst("\n\\z", "").split("\n", -1),
        unixLines(output).replaceFirst("\n\\z", "").split("\n", -1));
  }

  private static Optional<String> lines(String right, String output) {
    return difference(withoutEnds(right), withoutEnds(output));
  }

  private static String unixLines(String text) {
    return text.replace("\r\n", "\n");
  }

  private static String[] withoutEnds(String text) {
    List<String> lines = text.lines().map(String::stripTrailing).toList();
    int end = lines.size();
    while (end > 0 && lines.get(end - 1).isEmpty()) {
      end--;
    }
    return lines.subList(0, end).toArray(String[]::new);
  }

  private static Optional<String> difference(String[] right, String[] output) {
    for (int i = 0; i < Math.min(right.length, output.length); i++) {
      if (!right[i].equals(output[i])) {
        return Optional.of(
            "line %d is '%s', not '%s'".formatted(i + 1, shown(output[i]), shown(right[i])));
      }
    }
    return right.length == output.length
        ? Optional.empty()
        : Optional.of("%d lines, not %d".formatted(output.length, right.length));
  }

  private static String shown(String line) {
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }
}
