package dev.mirrorspark.curate;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether two answers are one in two spellings: 1/2 and 0.5, 18 and 18 dollars. */
final class StatedAnswer {
  private static final Pattern FRACTION =
      Pattern.compile("(-?)(?:\\\\[dt]?frac\\{(\\d+)\\}\\{(\\d+)\\}|(\\d+)/(\\d+)|(\\d*\\.?\\d+))");

  private StatedAnswer() {}

  static boolean same(String answer, String other) {
    List<String> tokens = ProblemText.tokens(answer);
    List<String> others = ProblemText.tokens(other);
    return tokens.equals(others)
        || ProblemText.numbers(tokens).equals(ProblemText.numbers(others))
            && !ProblemText.numbers(tokens).isEmpty()
            && (onlyAddsAUnit(tokens, others) || onlyAddsAUnit(others, tokens))
        || sameValue(answer, other);
  }

  /** Whether one list holds numbers alone, and the other one words besides. */
  private static boolean onlyAddsAUnit(List<String> plain, List<String> other) {
    return plain.stream().allMatch(ProblemText::isNumber)
        && other.stream()
            .allMatch(
                token ->
                    ProblemText.isNumber(token)
                        || token.length() > 1 && Character.isLetter(token.charAt(0)));
  }

  private static boolean sameValue(String answer, String other) {
    Optional<BigDecimal> value = value(answer);
    return value.isPresent() && value(other).filter(v -> v.compareTo(value.get()) == 0).isPresent();
  }

  private static Optional<BigDecimal> value(String answer) {
    Matcher number = FRACTION.matcher(answer.replaceAll("[\\s$,]", ""));
    if (!number.matches()) {
      return Optional.empty();
    }
    BigDecimal value =
        number.group(6) != null
            ? new BigDecimal(number.group(6))
            : quotient(
                number.group(2) != null ? number.group(2) : number.group(4),
                number.group(3) != null ? number.group(3) : number.group(5));
    return Optional.of(number.group(1).isEmpty() ? value : value.negate());
  }

  private static BigDecimal quotient(String numerator, String denominator) {
    var divisor = new BigDecimal(denominator);
    return divisor.signum() == 0
        ? BigDecimal.ZERO
        : new BigDecimal(numerator).divide(divisor, MathContext.DECIMAL64);
  }
}
