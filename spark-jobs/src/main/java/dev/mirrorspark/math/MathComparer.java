package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Comparison.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares answers as mathematics: by a normal form, and what that leaves open by values that are
 * certain.
 */
public final class MathComparer {
  /** The detail of a comparison that failed in a way that nobody thought of. */
  static final String BROKE_OFF = "it broke off: ";

  private final double seconds;

  /**
   * @param seconds what a comparison may compute, counted in digits and given in seconds of a usual
   *     core
   */
  public MathComparer(double seconds) {
    this.seconds = seconds;
  }

  /** A text that has been read, or the reason why it was not. */
  private record Read(Optional<Answer> answer, String reason, boolean tooLarge) {}

  /** Whether a stated answer is the reference; never throws and never hangs. */
  public Comparison compare(String reference, String stated) {
    var equality = new NumericEquality(new Budget(seconds));
    return compare(reference, stated, equality)
        .map(
            found ->
                found.by().isEmpty()
                    ? new Comparison(found.outcome(), equality.by(), found.detail())
                    : found)
        .orElseGet(() -> undecided(reference));
  }

  private static Comparison undecided(String reference) {
    return new Comparison(
        Outcome.NOT_COMPARABLE,
        "evaluation",
        "there are no values to compare with '%s'".formatted(reference));
  }

  /**
   * Whether a stated answer is the decimal number of the reference: within the tolerance that the
   * reference states ({@code 9.81 ± 0.05}, {@code 9.81 ± 1%}), else within half a unit of the last
   * digit of a reference with a decimal point and at least four significant digits; else exactly. A
   * reference without end, such as 1/3 or π, takes its roundings to six digits and more.
   */
  public static Comparison compareDecimal(String reference, String stated) {
    Optional<ToleranceEquality> tolerance = ToleranceEquality.of(reference);
    return tolerance.isEmpty()
        ? new Comparison(Outcome.NO_REFERENCE, "exact", "it is no number")
        : compare(ToleranceEquality.number(reference), stated, tolerance.get())
            .map(
                found ->
                    found.by().isEmpty()
                        ? new Comparison(found.outcome(), "tolerance", found.detail())
                        : found)
            .orElseGet(
                () -> new Comparison(Outcome.NOT_COMPARABLE, "tolerance", "it is no number"));
  }

  /** What the normal form alone decides. */
  static Optional<Comparison> exactly(String reference, String stated) {
    return compare(reference, stated, new ExactEquality())
        .map(
            found ->
                found.by().isEmpty()
                    ? new Comparison(found.outcome(), "exact", found.detail())
                    : found);
  }

  /** The comparison with that equality of expressions; empty where it leaves the answer open. */
  private static Optional<Comparison> compare(String reference, String stated, ExprEquality exprs) {
    Read right = read(reference, Reading.USUAL);
    Read left = read(stated, Reading.USUAL);
    if (right.tooLarge()) {
      return Optional.of(Comparison.noReference(right.reason()));
    }
    if (left.tooLarge()) {
      return Optional.of(Comparison.tooLarge("the answer is " + left.reason()));
    }
    if (right.answer().isEmpty() || left.answer().isEmpty()) {
      return Optional.of(byText(reference, stated, right, left));
    }
    try {
      var equality = new AnswerEquality(exprs);
      Answer known = right.answer().get();
      Answer said = left.answer().get();
      var result = equality.compare(known, said);
      if (result == AnswerEquality.Result.EQUAL) {
        return Optional.of(new Comparison(Outcome.EQUAL, "", ""));
      }
      if (known instanceof Words != said instanceof Words && areSameText(reference, stated)) {
        return Optional.of(new Comparison(Outcome.EQUAL, "", ""));
      }
      for (Reading other : others(reference, stated, known, said)) {
        if (result == AnswerEquality.Result.DIFFERENT
            || result == AnswerEquality.Result.NOT_COMPARABLE) {
          result = again(equality, reference, stated, other, result);
        }
      }
      return result == AnswerEquality.Result.UNDECIDED
          ? Optional.empty()
          : Optional.of(new Comparison(Outcome.valueOf(result.name()), "", ""));
    } catch (TooLarge e) {
      return Optional.of(Comparison.tooLarge("the comparison is " + e.getMessage()));
    } catch (Unreadable e) {
      return Optional.of(new Comparison(Outcome.DIFFERENT, "", e.getMessage()));
    } catch (StackOverflowError | RuntimeException e) {
      // whatever a response contains, it is no reason for an error
      return Optional.of(Comparison.tooLarge(BROKE_OFF + e));
    }
  }

  /** Other readings of what is ambiguous, if the texts are. */
  private static List<Reading> others(String reference, String stated, Answer known, Answer said) {
    List<Reading> readings = new ArrayList<>();
    if (reference.indexOf(',') >= 0 && stated.indexOf(',') >= 0) {
      readings.add(Reading.LISTS);
    }
    if (known instanceof Words != said instanceof Words || hasUnit(known) != hasUnit(said)) {
      readings.add(Reading.PRODUCTS);
    }
    boolean number =
        known instanceof Scalar scalar && Constants.variables(scalar.value()).isEmpty();
    if (number && endsInLetter(stated, !hasUnit(known))) {
      readings.add(Reading.LETTERS);
    }
    return readings;
  }

  /** Whether one letter ends a text behind a digit, and if wanted a blank. */
  private static boolean endsInLetter(String text, boolean blank) {
    int at = text.length() - 1;
    while (at > 0 && !Character.isLetterOrDigit(text.charAt(at))) {
      at--;
    }
    if (at < 1 || !Character.isLetter(text.charAt(at))) {
      return false;
    }
    int before = at - 1;
    while (before > 0 && text.charAt(before) == ' ') {
      before--;
    }
    return Character.isDigit(text.charAt(before)) && (!blank || before < at - 1);
  }

  private static boolean hasUnit(Answer answer) {
    return answer instanceof Scalar scalar && scalar.unit().isPresent();
  }

  private static AnswerEquality.Result again(
      AnswerEquality equality,
      String reference,
      String stated,
      Reading reading,
      AnswerEquality.Result otherwise) {
    Read right = read(reference, reading);
    Read left = read(stated, reading);
    if (right.answer().isEmpty() || left.answer().isEmpty()) {
      return otherwise;
    }
    var result = equality.compare(right.answer().get(), left.answer().get());
    return result == AnswerEquality.Result.EQUAL || result == AnswerEquality.Result.UNDECIDED
        ? result
        : otherwise;
  }

  private static Read read(String text, Reading reading) {
    try {
      return new Read(Optional.of(AnswerParser.parse(text, reading)), "", false);
    } catch (TooLarge e) {
      return new Read(Optional.empty(), e.getMessage(), true);
    } catch (Unreadable e) {
      // "2nm+3" is no quantity of nanometers
      if (reading.equals(Reading.USUAL)) {
        Read products = read(text, Reading.PRODUCTS);
        return products.answer().isPresent()
            ? products
            : new Read(Optional.empty(), e.getMessage(), false);
      }
      return new Read(Optional.empty(), e.getMessage(), false);
    } catch (StackOverflowError | RuntimeException e) {
      return new Read(Optional.empty(), BROKE_OFF + e, false);
    }
  }

  private static boolean areSameText(String reference, String stated) {
    return FormulaText.normal(reference).equals(FormulaText.normal(stated));
  }

  private static Comparison byText(String reference, String stated, Read right, Read left) {
    if (areSameText(reference, stated)) {
      return new Comparison(Outcome.EQUAL, "text", "");
    }
    return right.answer().isEmpty()
        ? Comparison.noReference(right.reason())
        : new Comparison(Outcome.NOT_COMPARABLE, "text", "the answer: " + left.reason());
  }

  /**
   * Why an answer cannot be read, and so is no reference for others; empty where it can.
   *
   * @param answerType {@code math}, {@code expression} or {@code decimal}
   */
  public static Optional<String> fault(String answerType, String answer) {
    if (answerType.equals("decimal")) {
      return ToleranceEquality.of(answer).isPresent()
          ? Optional.empty()
          : Optional.of("it is no number");
    }
    Read read = read(answer, Reading.USUAL);
    return read.answer().isPresent() ? Optional.empty() : Optional.of(read.reason());
  }

  /**
   * The form of an answer ({@code number}, {@code expression}, {@code tuple}, {@code list}, {@code
   * interval}, {@code matrix}, {@code equation}, {@code ratio}, {@code base}, {@code time}, {@code
   * date}, {@code congruence} or {@code text}); empty where it cannot be read.
   */
  public static Optional<String> form(String answer) {
    return read(answer, Reading.USUAL).answer().map(Answer::form);
  }

  /** An answer so that many equal answers, though not all, are equal texts. */
  public static String canonical(String answer) {
    return read(answer, Reading.USUAL)
        .answer()
        .map(Answer::canonical)
        .orElseGet(
            () -> answer.length() > AnswerParser.MAX_LENGTH ? answer : FormulaText.normal(answer));
  }
}
