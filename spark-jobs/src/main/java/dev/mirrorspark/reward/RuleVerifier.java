package dev.mirrorspark.reward;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.Set;

/**
 * Compares a response's final answer with the right one.
 *
 * <p>The final answer is all that follows the last {@code #}, and so the last {@code ####}; in a
 * response without one, the argument of the last <code>\boxed{…}</code>. For answer types {@code
 * expression} and {@code math} the box goes first, since formulas may hold a {@code #}. A response
 * that states no final answer is wrong. By answer type:
 *
 * <ul>
 *   <li>{@code integer}, {@code decimal}: equal as numbers, so {@code 4.0} is {@code 4}; thousands
 *       separators, a dollar sign before and a full stop behind are ignored
 *   <li>{@code text}: equal to the letter after trimming
 *   <li>{@code expression}, {@code math}: equal as numbers, or to the letter once spacing, {@code
 *       \left}, {@code \right}, the size of fractions and dollar signs are ignored; that one half
 *       is {@code 0.5} it does not see
 * </ul>
 */
public final class RuleVerifier implements Verifier {
  private static final Set<String> NUMBERS = Set.of("integer", "decimal");
  private static final Set<String> FORMULAS = Set.of("expression", "math");
  private static final int MAX_DIGITS = 1000;

  @Override
  public String name() {
    return "rule";
  }

  @Override
  public boolean handles(String answerType) {
    return NUMBERS.contains(answerType)
        || FORMULAS.contains(answerType)
        || answerType.equals("text");
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) {
    boolean formula = FORMULAS.contains(answerType);
    Optional<String> stated =
        formula ? FinalAnswer.inBox(response) : FinalAnswer.afterHash(response);
    if (NUMBERS.contains(answerType) && number(answer).isEmpty()) {
      return Verdict.error(
          "the problem's answer '" + answer + "' is no number, its type is " + answerType);
    }
    return stated
        .map(text -> Verdict.of(equal(answer, text, answerType), "final answer " + text))
        .orElseGet(() -> Verdict.of(false, "no final answer"));
  }

  @Override
  public Optional<String> finalAnswer(String answerType, String response) {
    if (FORMULAS.contains(answerType)) {
      return FinalAnswer.inBox(response).map(FormulaText::normal).map(RuleVerifier::shortest);
    }
    Optional<String> stated = FinalAnswer.afterHash(response);
    return NUMBERS.contains(answerType) ? stated.map(RuleVerifier::shortest) : stated;
  }

  /** A number without separators and superfluous zeros; any other text as it is. */
  private static String shortest(String text) {
    return number(text).map(number -> number.stripTrailingZeros().toPlainString()).orElse(text);
  }

  private static boolean equal(String answer, String stated, String answerType) {
    return switch (answerType) {
      case "integer", "decimal" -> sameNumber(answer, stated);
      case "text" -> answer.strip().equals(stated);
      default ->
          FormulaText.normal(answer).equals(FormulaText.normal(stated))
              || sameNumber(FormulaText.normal(answer), FormulaText.normal(stated));
    };
  }

  private static boolean sameNumber(String left, String right) {
    Optional<BigDecimal> a = number(left);
    Optional<BigDecimal> b = number(right);
    return a.isPresent() && b.isPresent() && a.get().compareTo(b.get()) == 0;
  }

  /** The plain decimal number that a text is, if it is one. */
  private static Optional<BigDecimal> number(String text) {
    String plain = text.strip();
    if (plain.endsWith(".")) {
      plain = plain.substring(0, plain.length() - 1);
    }
    plain = plain.replaceFirst("^([-+]?)\\\\?\\$", "$1");
    if (plain.length() > MAX_DIGITS) {
      return Optional.empty();
    }
    if (plain.matches("[-+]?\\d{1,3}(,\\d{3})+(\\.\\d+)?")) {
      plain = plain.replace(",", "");
    }
    return plain.matches("[-+]?(\\d+(\\.\\d+)?|\\.\\d+)")
        ? Optional.of(new BigDecimal(plain))
        : Optional.empty();
  }
}
