package dev.mirrorspark.sandbox;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.regex.Pattern;

/**
 * Compares a program's output with the right one token by token: how much and what white space
 * stands between, before and behind the tokens does not matter.
 *
 * <p>Tokens are equal if they are the same text, or if the right one is a number with a decimal
 * point or an exponent and the other a number that differs by at most 1e-6, absolutely or
 * relatively. So {@code 3} is not right for {@code 3.1}, and {@code 3.0} not for {@code 3}.
 */
public final class Tokens {
  private static final BigDecimal TOLERANCE = new BigDecimal("1e-6");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d{1,100}\\.?\\d{0,100}|\\.\\d{1,100})([eE][-+]?\\d{1,3})?");
  private static final int SHOWN = 40;

  private Tokens() {}

  /** The first difference in words; empty if the output is right. */
  public static Optional<String> difference(String right, String output) {
    List<String> expected = split(right);
    List<String> got = split(output);
    for (int i = 0; i < Math.min(expected.size(), got.size()); i++) {
      if (!equal(expected.get(i), got.get(i))) {
        return Optional.of(
            "token %d is '%s', not '%s'"
                .formatted(i + 1, shown(got.get(i)), shown(expected.get(i))));
      }
    }
    return expected.size() == got.size()
        ? Optional.empty()
        : Optional.of("%d tokens, not %d".formatted(got.size(), expected.size()));
  }

  private static boolean equal(String right, String token) {
    if (right.equals(token)) {
      return true;
    }
    boolean inexact = right.contains(".") || right.contains("e") || right.contains("E");
    if (!inexact || !NUMBER.matcher(right).matches() || !NUMBER.matcher(token).matches()) {
      return false;
    }
    var a = new BigDecimal(right);
    BigDecimal gap = a.subtract(new BigDecimal(token)).abs();
    return gap.compareTo(TOLERANCE.multiply(a.abs().max(BigDecimal.ONE))) <= 0;
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
