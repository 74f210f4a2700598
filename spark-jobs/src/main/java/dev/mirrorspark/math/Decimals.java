package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Num;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** Decimals as roundings of what has no end. */
final class Decimals {
  /** A decimal beside an irrational number needs so many digits, and so many behind the point. */
  private static final int ALL_DIGITS = 10;

  private static final int ALL_DECIMALS = 6;

  /** Last place of a number in double precision, as a share of it. */
  private static final BigDecimal OF_DOUBLE = new BigDecimal("2.3e-16");

  private static final BigDecimal HALF = new BigDecimal("0.5");
  private static final int MOST_DECIMALS = 200;

  private Decimals() {}

  /** The number in decimal, where that ends. */
  static Optional<BigDecimal> of(Expr expr) {
    return expr instanceof Num num ? of(num.value()) : Optional.empty();
  }

  static Optional<BigDecimal> of(BigFraction value) {
    BigInteger below = value.getDenominator();
    int twos = below.getLowestSetBit();
    BigInteger rest = below.shiftRight(twos);
    int fives = 0;
    for (BigInteger five = BigInteger.valueOf(5); fives < MOST_DECIMALS; fives++) {
      BigInteger[] parts = rest.divideAndRemainder(five);
      if (parts[1].signum() != 0) {
        break;
      }
      rest = parts[0];
    }
    int decimals = Math.max(twos, fives);
    if (!rest.equals(BigInteger.ONE) || decimals > MOST_DECIMALS) {
      return Optional.empty();
    }
    BigInteger scaled = value.getNumerator().multiply(BigInteger.TEN.pow(decimals)).divide(below);
    return Optional.of(new BigDecimal(scaled, decimals));
  }

  /** Whether a decimal with all digits of a calculator is that constant. */
  static boolean isAllDigitsOf(Expr constant, BigDecimal decimal, NumericCheck check) {
    boolean all = decimal.precision() >= ALL_DIGITS && decimal.scale() >= ALL_DECIMALS;
    return all
        && check
            .value(constant, decimal.precision() + 10)
            .filter(value -> value.subtract(decimal).abs().compareTo(lastPlace(decimal)) <= 0)
            .isPresent();
  }

  private static BigDecimal lastPlace(BigDecimal decimal) {
    return decimal.ulp().max(decimal.abs().multiply(OF_DOUBLE));
  }

  /** Whether a number is a rounding of a constant, or its digits cut off. */
  static boolean isRoundingOf(Expr constant, Expr number, NumericCheck check) {
    Optional<BigDecimal> value = check.value(constant, 40);
    Optional<BigDecimal> decimal = of(number);
    if (value.isEmpty()) {
      return false;
    }
    if (decimal.isPresent()) {
      BigDecimal place = decimal.get().scale() <= 0 ? BigDecimal.ONE : decimal.get().ulp();
      BigDecimal missing = value.get().abs().subtract(decimal.get().abs());
      boolean cut = missing.signum() >= 0 && missing.compareTo(place) < 0;
      boolean rounded = missing.abs().compareTo(place.multiply(HALF)) <= 0;
      return value.get().signum() == decimal.get().signum() && (cut || rounded);
    }
    Optional<BigDecimal> about = check.value(number, 40);
    return about.isPresent()
        && about
                .get()
                .subtract(value.get())
                .abs()
                .compareTo(value.get().abs().round(MathContext.DECIMAL32).movePointLeft(2))
            <= 0;
  }
}
