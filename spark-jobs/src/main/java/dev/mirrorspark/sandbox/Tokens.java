package dev.mirrorspark.sandbox;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringTokenizer;
import java.util.regex.Pattern;

/**
 * Compares a program's output with the right one token by token: how much and what white space
 * stands between, before and behind the tokens does not matter.
 *
 * <p>Tokens are equal if they are the same text, or, where numbers are asked for, if both are
 * numbers that differ by no more than the tolerance, absolutely or relatively. Where the right one
 * is a whole number, only the absolute difference counts, and between two whole numbers none is
 * allowed: {@code 1000000008} is not {@code 1000000007}.
 */
public final class Tokens {
  /** Usual tolerance of numbers. */
  static final double TOLERANCE = 1e-6;

  private static final Pattern WHOLE = Pattern.compile("[-+]?\\d+");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d{1,100}\\.?\\d{0,100}|\\.\\d{1,100})([eE][-+]?\\d{1,3})?");
  private static final int SHOWN = 40;

  private Tokens() {}

  /** The first difference in words, numbers up to 1e-6; empty if the output is right. */
  public static Optional<String> difference(String right, String output) {
    return difference(right, output, OptionalDouble.of(TOLERANCE));
  }

  /**
   * The first difference in words; empty if the output is right.
   *
   * @param tolerance of numbers; empty: only equal texts are equal
   */
  static Optional<String> difference(String right, String output, OptionalDouble tolerance) {
    List<String> expected = split(right);
    List<String> got = split(output);
    for (int i = 0; i < Math.min(expected.size(), got.size()); i++) {
      if (!equal(expected.get(i), got.get(i), tolerance)) {
        return Optional.of(
            "token %d is '%s', not '%s'"
                .formatted(i + 1, shown(got.get(i)), shown(expected.get(i))));
      }
    }
    return expected.size() == got.size()
        ? Optional.empty()
        : Optional.of("%d tokens, not %d".formatted(got.size(), expected.size()));
  }

  private static boolean equal(String right, String token, OptionalDouble tolerance) {
    if (right.equals(token)) {
      return true;
    }
    if (tolerance.isEmpty()
        || !NUMBER.matcher(right).matches()
        || !NUMBER.matcher(token).matches()) {
      return false;
    }
    var a = new BigDecimal(right);
    BigDecimal gap = a.subtract(new BigDecimal(token)).abs();
    boolean whole = WHOLE.matcher(right).matches();
    if (whole && WHOLE.matcher(token).matches()) {
      return gap.signum() == 0;
    }
    BigDecimal scale = whole ? BigDecimal.ONE : a.abs().max(BigDecimal.ONE);
    return gap.compareTo(BigDecimal.valueOf(tolerance.getAsDouble()).multiply(scale)) <= 0;
  }

  private static List<String> split(String text) {
    List<String> tokens = new ArrayList<>();
    var tokenizer = new StringTokenizer(text);
    while (tokenizer.hasMoreTokens()) {
      tokens.add(tokenizer.nextToken());
    }
    return tokens;
  }

  private static String shown(String token) {
    return token.length() <= SHOWN ? token : token.substring(0, SHOWN) + "…";
  }
}
