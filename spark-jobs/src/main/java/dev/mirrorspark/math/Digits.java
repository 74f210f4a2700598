package dev.mirrorspark.math;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.hipparchus.fraction.BigFraction;

/** Values of numerals. */
final class Digits {
  private static final int MAX_DIGITS = 1_000;
  private static final int MAX_SCALE = 4_000;

  private Digits() {}

  /** A number, decimals exact; {@code 0.1(6)} repeats. */
  static BigFraction value(String digits) {
    if (digits.length() > MAX_DIGITS) {
      throw new TooLarge("a number of more than " + MAX_DIGITS + " digits");
    }
    int repeating = digits.indexOf('(');
    if (repeating >= 0) {
      String period = digits.substring(repeating + 1, digits.length() - 1);
      String before = digits.substring(0, repeating);
      int decimals = before.length() - 1 - before.indexOf('.');
      BigInteger nines = BigInteger.TEN.pow(period.length()).subtract(BigInteger.ONE);
      BigInteger scale = BigInteger.TEN.pow(decimals);
      return value(before.endsWith(".") ? before + "0" : before)
          .add(new BigFraction(new BigInteger(period), nines.multiply(scale)));
    }
    if (digits.indexOf('.') < 0 && digits.indexOf('e') < 0 && digits.indexOf('E') < 0) {
      return digits.length() < 10
          ? new BigFraction(Integer.parseInt(digits))
          : new BigFraction(new BigInteger(digits));
    }
    BigDecimal decimal;
    try {
      decimal = new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw new TooLarge("an exponent beyond " + MAX_SCALE);
    }
    if (Math.abs((long) decimal.scale()) > MAX_SCALE) {
      throw new TooLarge("an exponent beyond " + MAX_SCALE);
    }
    return decimal.scale() <= 0
        ? new BigFraction(decimal.toBigIntegerExact())
        : new BigFraction(decimal.unscaledValue(), BigInteger.TEN.pow(decimal.scale()));
  }
}
