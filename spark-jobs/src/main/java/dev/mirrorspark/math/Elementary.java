package dev.mirrorspark.math;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Elementary functions to a number of digits, by series over integers scaled by a power of 2. The
 * error of {@link #exp} is below 10^-digits of the value, that of the others below 10^-digits.
 */
final class Elementary {
  private static final int GUARD_BITS = 64;

  private final int digits;
  private final int bits;
  private final BigInteger one;
  private BigInteger ln10 = BigInteger.ZERO;
  private BigInteger pi = BigInteger.ZERO;
  private int piBits;

  Elementary(int digits) {
    this.digits = digits;
    this.bits = (int) (digits * 3.33) + GUARD_BITS;
    this.one = BigInteger.ONE.shiftLeft(bits);
  }

  /**
   * e^x.
   *
   * @param x of a magnitude below 10 million
   */
  BigDecimal exp(BigDecimal x) {
    long tens = Math.round(x.doubleValue() / Math.log(10));
    BigInteger rest = fixed(x, bits).subtract(ln10().multiply(BigInteger.valueOf(tens)));
    return decimal(expFixed(rest)).scaleByPowerOfTen((int) tens);
  }

  /** e^x of a number near 0: its half power is summed, then squared back. */
  private BigInteger expFixed(BigInteger x) {
    int halvings = 8;
    BigInteger small = x.shiftRight(halvings);
    BigInteger sum = one.add(small);
    BigInteger term = small;
    for (int i = 2; term.signum() != 0 && term.bitLength() > 1; i++) {
      term = term.multiply(small).shiftRight(bits).divide(BigInteger.valueOf(i));
      sum = sum.add(term);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum).shiftRight(bits);
    }
    return sum;
  }

  /** The natural logarithm of a positive number. */
  BigDecimal log(BigDecimal x) {
    int tens = x.precision() - x.scale() - 1;
    BigDecimal lead = x.scaleByPowerOfTen(-tens);
    BigInteger f = fixed(lead, bits);
    BigInteger y = fixed(BigDecimal.valueOf(Math.log(lead.doubleValue())), bits);
    // Halley's step triples the right bits
    for (int right = 45; right < bits * 2; right *= 3) {
      BigInteger e = expFixed(y);
      y = y.add(f.subtract(e).shiftLeft(bits + 1).divide(f.add(e)));
    }
    return decimal(y.add(ln10().multiply(BigInteger.valueOf(tens))));
  }

  /** Sine and cosine of a number of a magnitude below 10^80. */
  BigDecimal[] sinCos(BigDecimal x) {
    int extra = Math.max(0, (int) ((x.precision() - x.scale()) * 3.33)) + 4;
    BigInteger halfPi = pi(bits + extra).shiftRight(1);
    BigInteger wide = fixed(x, bits + extra);
    BigInteger quarters = wide.add(halfPi.shiftRight(1)).divide(halfPi);
    if (wide.add(halfPi.shiftRight(1)).signum() < 0) {
      quarters = quarters.subtract(BigInteger.ONE);
    }
    BigInteger r = wide.subtract(quarters.multiply(halfPi)).shiftRight(extra);
    BigInteger square = r.multiply(r).shiftRight(bits).negate();
    BigInteger sin = r;
    BigInteger cos = one;
    BigInteger termOfSin = r;
    BigInteger termOfCos = one;
    for (int i = 1; termOfCos.abs().bitLength() > 1; i++) {
      termOfCos = step(termOfCos, square, (2L * i - 1) * (2L * i));
      termOfSin = step(termOfSin, square, 2L * i * (2L * i + 1));
      cos = cos.add(termOfCos);
      sin = sin.add(termOfSin);
    }
    return switch (quarters.and(BigInteger.valueOf(3)).intValue()) {
      case 0 -> new BigDecimal[] {decimal(sin), decimal(cos)};
      case 1 -> new BigDecimal[] {decimal(cos), decimal(sin.negate())};
      case 2 -> new BigDecimal[] {decimal(sin.negate()), decimal(cos.negate())};
      default -> new BigDecimal[] {decimal(cos.negate()), decimal(sin)};
    };
  }

  private BigInteger step(BigInteger term, BigInteger factor, long divisor) {
    return term.multiply(factor).shiftRight(bits).divide(BigInteger.valueOf(divisor));
  }

  /** The angle whose tangent is a number. */
  BigDecimal arctan(BigDecimal x) {
    boolean steep = x.abs().compareTo(BigDecimal.ONE) > 0;
    if (steep && x.precision() - x.scale() > digits + 5) {
      return decimal(x.signum() > 0 ? pi().shiftRight(1) : pi().shiftRight(1).negate());
    }
    BigInteger tangent = fixed(x, bits);
    if (steep) {
      BigInteger halfPi = x.signum() > 0 ? pi().shiftRight(1) : pi().shiftRight(1).negate();
      return decimal(halfPi.subtract(arctanFixed(one.shiftLeft(bits).divide(tangent))));
    }
    return decimal(arctanFixed(tangent));
  }

  private BigInteger arctanFixed(BigInteger tangent) {
    int halvings = 5;
    BigInteger x = tangent;
    for (int i = 0; i < halvings; i++) {
      BigInteger secant = one.multiply(one).add(x.multiply(x)).sqrt();
      x = x.shiftLeft(bits).divide(one.add(secant));
    }
    BigInteger square = x.multiply(x).shiftRight(bits).negate();
    BigInteger power = x;
    BigInteger sum = x;
    for (int i = 3; power.abs().bitLength() > 1; i += 2) {
      power = power.multiply(square).shiftRight(bits);
      sum = sum.add(power.divide(BigInteger.valueOf(i)));
    }
    return sum.shiftLeft(halvings);
  }

  BigDecimal piDecimal() {
    return decimal(pi());
  }

  private BigInteger pi() {
    return pi(bits);
  }

  /** Machin: π = 16 arctan 1/5 − 4 arctan 1/239. */
  private BigInteger pi(int wanted) {
    if (piBits < wanted) {
      piBits = wanted + 64;
      pi =
          arctanOfInverse(5, piBits)
              .shiftLeft(4)
              .subtract(arctanOfInverse(239, piBits).shiftLeft(2));
    }
    return pi.shiftRight(piBits - wanted);
  }

  private static BigInteger arctanOfInverse(int n, int bits) {
    return inverseSeries(n, bits, true);
  }

  /** The sum of ±1/(k n^k) over odd k: arctan or artanh of 1/n. */
  private static BigInteger inverseSeries(int n, int bits, boolean alternating) {
    BigInteger square = BigInteger.valueOf((long) n * n);
    BigInteger power = BigInteger.ONE.shiftLeft(bits).divide(BigInteger.valueOf(n));
    BigInteger sum = power;
    for (int k = 3; power.signum() != 0; k += 2) {
      power = power.divide(square);
      BigInteger term = power.divide(BigInteger.valueOf(k));
      sum = alternating && k % 4 == 3 ? sum.subtract(term) : sum.add(term);
    }
    return sum;
  }

  /** ln 10 = 46 artanh 1/31 + 34 artanh 1/49 + 20 artanh 1/161. */
  private BigInteger ln10() {
    if (ln10.signum() == 0) {
      ln10 =
          inverseSeries(31, bits, false)
              .multiply(BigInteger.valueOf(46))
              .add(inverseSeries(49, bits, false).multiply(BigInteger.valueOf(34)))
              .add(inverseSeries(161, bits, false).multiply(BigInteger.valueOf(20)));
    }
    return ln10;
  }

  private static BigInteger fixed(BigDecimal x, int bits) {
    BigInteger scaled = x.unscaledValue().shiftLeft(bits);
    return x.scale() >= 0
        ? scaled.divide(BigInteger.TEN.pow(x.scale()))
        : scaled.multiply(BigInteger.TEN.pow(-x.scale()));
  }

  private BigDecimal decimal(BigInteger fixed) {
    int decimals = digits + 12;
    return new BigDecimal(fixed.multiply(BigInteger.TEN.pow(decimals)).shiftRight(bits), decimals);
  }
}
