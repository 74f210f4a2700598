package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Expr.Num;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hipparchus.fraction.BigFraction;

/**
 * Takes a number for the reference, the left one, that lies within a distance of it.
 *
 * @param most the largest distance; 0 where only the number itself will do
 * @param endless whether the reference is a number without a last decimal, so that its roundings
 *     are answers
 */
record ToleranceEquality(BigFraction most, boolean endless, NumericCheck check)
    implements ExprEquality {
  private static final Pattern STATED =
      Pattern.compile(
          "(.*\\S)\\s*(?:±|\\\\pm(?![A-Za-z])|\\+/-|\\+-)\\s*(\\d+\\.?\\d*|\\.\\d+)\\s*(\\\\?%)?");
  private static final Pattern FRACTION = Pattern.compile("frac|/|\\^|sqrt|overline|pi");
  private static final int DIGITS_TO_ROUND_TO = 4;
  private static final int DIGITS_OF_A_ROUNDING = 6;
  private static final double SECONDS = 1;

  /** What a double loses, as a share of the number. */
  private static final BigFraction OF_DOUBLE = new BigFraction(1, 1_000_000_000_000L);

  /** The reference without the tolerance that is written behind it. */
  static String number(String reference) {
    var stated = STATED.matcher(reference.strip());
    return stated.matches() ? stated.group(1) : reference;
  }

  /** The tolerance that a reference states, or that its digits show; empty if it is no number. */
  static Optional<ToleranceEquality> of(String reference) {
    var check = new NumericCheck(new Budget(SECONDS));
    var stated = STATED.matcher(reference.strip());
    String number = stated.matches() ? stated.group(1) : reference;
    Answer answer;
    try {
      answer = AnswerParser.parse(number, Reading.USUAL);
    } catch (Unreadable | TooLarge e) {
      return Optional.empty();
    }
    if (!(answer instanceof Scalar scalar) || !Constants.variables(scalar.value()).isEmpty()) {
      return Optional.empty();
    }
    if (stated.matches()) {
      BigFraction width = Digits.value(stated.group(2));
      Optional<BigFraction> value = value(scalar.value(), check);
      boolean percent = stated.group(3) != null;
      return value.map(
          of ->
              new ToleranceEquality(
                  percent ? of.abs().multiply(width).divide(new BigFraction(100)) : width,
                  false,
                  check));
    }
    if (!(scalar.value() instanceof Num num)) {
      return Optional.of(new ToleranceEquality(BigFraction.ZERO, true, check));
    }
    return Optional.of(shown(number, num.value(), check));
  }

  private static ToleranceEquality shown(String number, BigFraction value, NumericCheck check) {
    if (Decimals.of(value).isEmpty()) {
      return new ToleranceEquality(BigFraction.ZERO, true, check);
    }
    String digits = number.replaceAll("[^0-9.]", "").replaceAll("\\.$", "");
    int point = digits.indexOf('.');
    int significant = digits.replace(".", "").replaceAll("^0+", "").length();
    boolean plain =
        !FRACTION.matcher(number).find() && number.toLowerCase(Locale.ROOT).indexOf('e') < 0;
    BigFraction half =
        plain && point >= 0 && significant >= DIGITS_TO_ROUND_TO
            ? BigFraction.ONE_HALF.divide(new BigFraction(10).pow(digits.length() - 1 - point))
            : BigFraction.ZERO;
    return new ToleranceEquality(half, false, check);
  }

  @Override
  public Result same(Expr left, Expr right) {
    Optional<BigFraction> reference = value(left, check);
    Optional<BigFraction> stated = value(right, check);
    if (reference.isEmpty() || stated.isEmpty()) {
      return stated.isEmpty() && reference.isPresent() ? Result.DIFFERENT : Result.UNDECIDED;
    }
    BigFraction gap = reference.get().subtract(stated.get()).abs();
    boolean equal =
        gap.compareTo(most) <= 0
            || isNoise(gap, reference.get(), stated.get())
            || endless && isRounding(left, right, gap);
    return equal ? Result.EQUAL : Result.DIFFERENT;
  }

  /** 0.30000000000000004 is 0.3: between two decimals, what a double adds or loses. */
  private static boolean isNoise(BigFraction gap, BigFraction reference, BigFraction stated) {
    boolean decimals = !Rationals.isWhole(stated) || !Rationals.isWhole(reference);
    return decimals && gap.compareTo(reference.abs().multiply(OF_DOUBLE)) <= 0;
  }

  private boolean isRounding(Expr reference, Expr stated, BigFraction gap) {
    if (gap.signum() == 0) {
      return true;
    }
    Optional<BigDecimal> decimal = Decimals.of(stated);
    return decimal.filter(d -> d.precision() >= DIGITS_OF_A_ROUNDING && d.scale() > 0).isPresent()
        ? Decimals.isRoundingOf(reference, stated, check)
        : check.same(reference, stated) == NumericCheck.Result.AGREE;
  }

  private static Optional<BigFraction> value(Expr expr, NumericCheck check) {
    if (expr instanceof Num num) {
      return Optional.of(num.value());
    }
    return Constants.variables(expr).isEmpty()
        ? check
            .value(expr, 40)
            .map(
                value ->
                    value.scale() <= 0
                        ? new BigFraction(value.toBigInteger())
                        : new BigFraction(value.unscaledValue(), BigInteger.TEN.pow(value.scale())))
        : Optional.empty();
  }

  @Override
  public Result proportional(Expr left, Expr right, boolean positive) {
    return Result.UNDECIDED;
  }
}
