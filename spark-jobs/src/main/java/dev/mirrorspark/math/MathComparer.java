package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Comparison.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares answers as mathematics: what is exact in process, what is symbolic in a worker process.
 */
public final class MathComparer {
  private final double seconds;

  /**
   * @param seconds the limit of a comparison that a worker makes, in seconds
   */
  public MathComparer(double seconds) {
    this.seconds = seconds;
  }

  /** A text that has been read, or the reason why it was not. */
  private record Read(Optional<Answer> answer, String reason, boolean tooLarge) {}

  /** Whether a stated answer is the reference; never throws and never hangs. */
  public Comparison compare(String reference, String stated) {
    return inProcess(reference, stated)
        .orElseGet(() -> Workers.ofThisProcess().compare(reference, stated, seconds));
  }

  /**
   * Whether a stated answer is the decimal number of the reference: within a millionth of it, or,
   * where the reference shows at least four significant digits and a decimal point, within half a
   * unit of its last digit. Never starts a worker: roots and the like are computed in double
   * precision.
   */
  public static Comparison compareDecimal(String reference, String stated) {
    Optional<ToleranceEquality> tolerance = ToleranceEquality.of(reference);
    return tolerance.isEmpty()
        ? new Comparison(Outcome.NO_REFERENCE, "exact", "it is no number")
        : compare(reference, stated, tolerance.get(), "tolerance")
            .orElseGet(
                () -> new Comparison(Outcome.NOT_COMPARABLE, "tolerance", "it is no number"));
  }

  /** What needs no worker. */
  static Optional<Comparison> inProcess(String reference, String stated) {
    return compare(reference, stated, new ExactEquality(), "exact");
  }

  /**
   * The comparison with that equality of expressions; empty where it leaves the answer open.
   *
   * @param by what to say decided
   */
  static Optional<Comparison> compare(
      String reference, String stated, ExprEquality exprs, String by) {
    Read right = read(reference, Reading.USUAL);
    Read left = read(stated, Reading.USUAL);
    if (right.tooLarge() || left.tooLarge()) {
      String which = right.tooLarge() ? "the reference is " : "the answer is ";
      return Optional.of(
          Comparison.failed(which + (right.tooLarge() ? right.reason() : left.reason())));
    }
    if (right.answer().isEmpty() || left.answer().isEmpty()) {
      return Optional.of(byText(reference, stated, right, left));
    }
    try {
      var equality = new AnswerEquality(exprs);
      var result = equality.compare(right.answer().get(), left.answer().get());
      boolean wordsAndOther =
          right.answer().get() instanceof Words != left.answer().get() instanceof Words;
      for (Reading other : others(reference, stated, wordsAndOther)) {
        if (result == AnswerEquality.Result.DIFFERENT
            || result == AnswerEquality.Result.NOT_COMPARABLE) {
          result = again(equality, reference, stated, other, result);
        }
      }
      return result == AnswerEquality.Result.UNDECIDED
          ? Optional.empty()
          : Optional.of(new Comparison(Outcome.valueOf(result.name()), by, ""));
    } catch (TooLarge e) {
      return Optional.of(Comparison.failed("the difference is " + e.getMessage()));
    } catch (Unreadable e) {
      return Optional.of(new Comparison(Outcome.DIFFERENT, by, e.getMessage()));
    }
  }

  /** Other readings of what is ambiguous, if the texts are. */
  private static List<Reading> others(String reference, String stated, boolean wordsAndOther) {
    List<Reading> readings = new ArrayList<>();
    if (reference.indexOf(',') >= 0 && stated.indexOf(',') >= 0) {
      readings.add(Reading.LISTS);
    }
    if (wordsAndOther) {
      readings.add(Reading.PRODUCTS);
    }
    return readings;
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
      return new Read(Optional.empty(), e.getMessage(), false);
    }
  }

  private static Comparison byText(String reference, String stated, Read right, Read left) {
    if (FormulaText.normal(reference).equals(FormulaText.normal(stated))) {
      return new Comparison(Outcome.EQUAL, "text", "");
    }
    return right.answer().isEmpty()
        ? new Comparison(Outcome.NO_REFERENCE, "text", "the reference: " + right.reason())
        : new Comparison(Outcome.NOT_COMPARABLE, "text", "the answer: " + left.reason());
  }

  /**
   * The form of an answer ({@code number}, {@code expression}, {@code tuple}, {@code list}, {@code
   * interval}, {@code matrix}, {@code equation}, {@code ratio}, {@code base} or {@code text});
   * empty where it cannot be read.
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
