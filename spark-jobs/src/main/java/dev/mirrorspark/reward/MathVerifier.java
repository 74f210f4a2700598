package dev.mirrorspark.reward;

import dev.mirrorspark.math.Comparison;
import dev.mirrorspark.math.MathComparer;
import java.util.Optional;
import java.util.Set;

/**
 * Compares a response's final answer with the right one as mathematics (Kimi k1.5, 2.3.1), for
 * answer types {@code expression}, {@code math} and {@code decimal}.
 *
 * <p>The final answer is the argument of the last <code>\boxed{…}</code>, and in a response without
 * one what follows the last {@code #}; for {@code decimal} the other way round; or what the run's
 * own pattern says. An answer that is different, of another kind, unreadable or beyond a limit of
 * size or computing is wrong; the verdict is an error only where the problem's own answer cannot be
 * read. {@code docs/math-verifier.md} says what is equal.
 */
public final class MathVerifier implements Verifier {
  private static final Set<String> FORMULAS = Set.of("expression", "math");
  private static final String DECIMAL = "decimal";
  private static final int SHOWN = 200;

  private final AnswerConvention convention;
  private final MathComparer comparer;

  /**
   * @param seconds what a comparison may compute, in seconds of a usual core
   */
  MathVerifier(AnswerConvention convention, double seconds) {
    this.convention = convention;
    this.comparer = new MathComparer(seconds);
  }

  @Override
  public String name() {
    return "math";
  }

  @Override
  public boolean handles(String answerType) {
    return FORMULAS.contains(answerType) || answerType.equals(DECIMAL);
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) {
    Optional<String> stated = stated(answerType, response);
    if (stated.isEmpty()) {
      return Verdict.of(false, "no final answer");
    }
    Comparison comparison =
        answerType.equals(DECIMAL)
            ? MathComparer.compareDecimal(answer, stated.get())
            : comparer.compare(answer, stated.get());
    String seen = "final answer " + shortened(stated.get());
    return switch (comparison.outcome()) {
      case EQUAL -> Verdict.of(true, seen + " (" + comparison.by() + ")");
      case DIFFERENT -> Verdict.of(false, seen + " (" + comparison.by() + ")");
      case NOT_COMPARABLE ->
          Verdict.of(false, seen + " (not comparable" + because(comparison) + ")");
      case NO_REFERENCE ->
          Verdict.error(
              "the problem's answer '%s' cannot be read as %s%s"
                  .formatted(shortened(answer), answerType, because(comparison)));
    };
  }

  private static String because(Comparison comparison) {
    return comparison.detail().isEmpty() ? "" : ": " + shortened(comparison.detail());
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }

  private Optional<String> stated(String answerType, String response) {
    return answerType.equals(DECIMAL) ? convention.afterHash(response) : convention.inBox(response);
  }

  /** The final answer in a form in which many equal answers are equal texts, as one half is 0.5. */
  @Override
  public Optional<String> finalAnswer(String answerType, String response) {
    Optional<String> stated = stated(answerType, response);
    return answerType.equals(DECIMAL)
        ? stated.map(RuleVerifier::shortest)
        : stated.map(MathComparer::canonical);
  }
}
