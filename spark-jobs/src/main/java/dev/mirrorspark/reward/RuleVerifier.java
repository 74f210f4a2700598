package dev.mirrorspark.reward;

import dev.mirrorspark.math.Dress;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Compares a response's final answer with the right one by simple rules.
 *
 * <p>The final answer is what follows the last {@code ####}, or without one the last {@code #}, on
 * its line; in a response without these, the argument of the last <code>\boxed{…}</code>; or what
 * the run's own pattern says. A response that states no final answer is wrong. By answer type:
 *
 * <ul>
 *   <li>{@code integer}: equal as numbers, so {@code 4.0} is {@code 4}; thousands separators, a
 *       dollar sign before, a full stop behind and bold type are ignored
 *   <li>{@code text}: equal to the letter after trimming
 * </ul>
 */
public final class RuleVerifier implements Verifier {
  private static final String INTEGER = "integer";
  private static final String TEXT = "text";
  private static final int MAX_DIGITS = 1000;
  private static final Pattern TYPEFACE =
      Pattern.compile("^\\\\(?:mathbf|text|textbf|mathrm|boldsymbol|bm)\\s*\\{([^{}]*)\\}$");

  private final AnswerConvention convention;

  /** With the usual convention of where a response states its final answer. */
  public RuleVerifier() {
    this(AnswerConvention.USUAL);
  }

  RuleVerifier(AnswerConvention convention) {
    this.convention = convention;
  }

  @Override
  public String name() {
    return "rule";
  }

  @Override
  public boolean handles(String answerType) {
    return answerType.equals(INTEGER) || answerType.equals(TEXT);
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) {
    Optional<String> stated = convention.afterHash(response);
    if (answerType.equals(INTEGER) && number(answer).isEmpty()) {
      return Verdict.error(
          "the problem's answer '" + answer + "' is no number, its type is " + answerType);
    }
    return stated
        .map(text -> Verdict.of(equal(answer, text, answerType), "final answer " + text))
        .orElseGet(() -> Verdict.of(false, "no final answer"));
  }

  @Override
  public Optional<String> finalAnswer(String answerType, String response) {
    Optional<String> stated = convention.afterHash(response);
    return answerType.equals(INTEGER) ? stated.map(RuleVerifier::shortest) : stated;
  }

  /** A number without separators and superfluous zeros; any other text as it is. */
  static String shortest(String text) {
    return number(text).map(number -> number.stripTrailingZeros().toPlainString()).orElse(text);
  }

  private static boolean equal(String answer, String stated, String answerType) {
    return answerType.equals(INTEGER) ? sameNumber(answer, stated) : answer.strip().equals(stated);
  }

  private static boolean sameNumber(String left, String right) {
    Optional<BigDecimal> a = number(left);
    Optional<BigDecimal> b = number(right);
    return a.isPresent() && b.isPresent() && a.get().compareTo(b.get()) == 0;
  }

  /** The plain decimal number that a text is, if it is one. */
  private static Optional<BigDecimal> number(String text) {
    if (text.length() > MAX_DIGITS) {
      return Optional.empty();
    }
    String plain = TYPEFACE.matcher(Dress.off(text)).replaceFirst("$1");
    plain = plain.replaceFirst("^([-+]?)\\\\?\\$", "$1");
    if (plain.matches("[-+]?[1-9]\\d{0,2}(,\\d{3})+(\\.\\d+)?")) {
      plain = plain.replace(",", "");
    }
    return plain.matches("[-+]?(\\d+(\\.\\d+)?|\\.\\d+)")
        ? Optional.of(new BigDecimal(plain))
        : Optional.empty();
  }
}
