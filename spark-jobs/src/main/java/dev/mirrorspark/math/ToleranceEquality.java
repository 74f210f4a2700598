package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Expr.Num;
import java.util.Map;
import java.util.Optional;
import org.hipparchus.complex.Complex;
import org.hipparchus.fraction.BigFraction;

/**
 * Takes numbers for equal that are close; the left one is the reference.
 *
 * @param relative largest difference, as a share of the reference
 */
record ToleranceEquality(BigFraction relative) implements ExprEquality {
  private static final BigFraction MILLIONTH = new BigFraction(1, 1_000_000);
  private static final int DIGITS_TO_ROUND_TO = 4;

  /** By the digits that a reference shows; empty if it is no number. */
  static Optional<ToleranceEquality> of(String reference) {
    Answer answer;
    try {
      answer = AnswerParser.parse(reference, Reading.USUAL);
    } catch (Unreadable | TooLarge e) {
      return Optional.empty();
    }
    if (!(answer instanceof Scalar scalar && scalar.value() instanceof Num num)) {
      return Optional.empty();
    }
    String shown = reference.replaceAll("[^0-9.]", "").replaceAll("\\.$", "");
    int point = shown.indexOf('.');
    int significant = shown.replace(".", "").replaceAll("^0+", "").length();
    boolean plain = !reference.contains("frac") && reference.indexOf('/') < 0;
    if (!plain || point < 0 || significant < DIGITS_TO_ROUND_TO || num.value().signum() == 0) {
      return Optional.of(new ToleranceEquality(MILLIONTH));
    }
    // half a unit of the last digit, as a share of the digits taken as a number
    BigFraction digits = ExprParser.value(shown.startsWith(".") ? "0" + shown : shown);
    BigFraction half =
        BigFraction.ONE_HALF.divide(new BigFraction(10).pow(shown.length() - 1 - point));
    BigFraction share = half.divide(digits);
    return Optional.of(new ToleranceEquality(share.compareTo(MILLIONTH) > 0 ? share : MILLIONTH));
  }

  @Override
  public Result same(Expr left, Expr right) {
    if (!(left instanceof Num reference)) {
      return Result.UNDECIDED;
    }
    Optional<BigFraction> value = value(right);
    if (value.isEmpty()) {
      return Result.DIFFERENT;
    }
    BigFraction gap = reference.value().subtract(value.get()).abs();
    return gap.compareTo(reference.value().abs().multiply(relative)) <= 0
        ? Result.EQUAL
        : Result.DIFFERENT;
  }

  private static Optional<BigFraction> value(Expr expr) {
    if (expr instanceof Num num) {
      return Optional.of(num.value());
    }
    Complex value = new Evaluation(Map.of()).of(expr);
    boolean real =
        Double.isFinite(value.getReal()) && Math.abs(value.getImaginary()) <= 1e-12 * value.norm();
    return real ? Optional.of(new BigFraction(value.getReal())) : Optional.empty();
  }

  @Override
  public Result proportional(Expr left, Expr right, boolean positive) {
    return Result.UNDECIDED;
  }
}
