package dev.mirrorspark.math;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.hipparchus.fraction.BigFraction;

/** Arithmetic of complex balls by principal branches; of real ones by that of reals. */
final class ComplexArithmetic {
  private final Arithmetic reals;

  ComplexArithmetic(Arithmetic reals) {
    this.reals = reals;
  }

  ComplexBall add(ComplexBall a, ComplexBall b) {
    return new ComplexBall(reals.add(a.re(), b.re()), reals.add(a.im(), b.im()));
  }

  ComplexBall subtract(ComplexBall a, ComplexBall b) {
    return add(a, b.negate());
  }

  ComplexBall multiply(ComplexBall a, ComplexBall b) {
    if (a.isReal() && b.isReal()) {
      return ComplexBall.real(reals.multiply(a.re(), b.re()));
    }
    return new ComplexBall(
        reals.subtract(reals.multiply(a.re(), b.re()), reals.multiply(a.im(), b.im())),
        reals.add(reals.multiply(a.re(), b.im()), reals.multiply(a.im(), b.re())));
  }

  ComplexBall divide(ComplexBall a, ComplexBall b) {
    if (b.isReal()) {
      return a.isReal()
          ? ComplexBall.real(reals.divide(a.re(), b.re()))
          : new ComplexBall(reals.divide(a.re(), b.re()), reals.divide(a.im(), b.re()));
    }
    Ball square = reals.add(reals.multiply(b.re(), b.re()), reals.multiply(b.im(), b.im()));
    var top = multiply(a, new ComplexBall(b.re(), b.im().negate()));
    return new ComplexBall(reals.divide(top.re(), square), reals.divide(top.im(), square));
  }

  /** By repeated squaring. */
  ComplexBall power(ComplexBall base, BigInteger exponent) {
    ComplexBall result = ComplexBall.ONE;
    ComplexBall square = exponent.signum() < 0 ? divide(ComplexBall.ONE, base) : base;
    BigInteger whole = exponent.abs();
    for (int bit = 0; bit < whole.bitLength(); bit++) {
      if (whole.testBit(bit)) {
        result = multiply(result, square);
      }
      if (bit + 1 < whole.bitLength()) {
        square = multiply(square, square);
      }
    }
    return result;
  }

  Ball abs(ComplexBall a) {
    if (!a.isReal()) {
      return reals.sqrt(reals.add(reals.multiply(a.re(), a.re()), reals.multiply(a.im(), a.im())));
    }
    if (a.re().sign() == 0 && !a.re().isZero()) {
      // whatever its sign, the magnitude is between 0 and the farther end
      return new Ball(BigDecimal.ZERO, a.re().magnitude());
    }
    return a.re().sign() < 0 ? a.re().negate() : a.re();
  }

  ComplexBall exp(ComplexBall a) {
    Ball size = reals.exp(a.re());
    return a.isReal()
        ? ComplexBall.real(size)
        : new ComplexBall(
            reals.multiply(size, reals.cos(a.im())), reals.multiply(size, reals.sin(a.im())));
  }

  /** The principal logarithm. */
  ComplexBall log(ComplexBall a) {
    if (a.isReal() && a.re().sign() > 0) {
      return ComplexBall.real(reals.log(a.re()));
    }
    if (a.isZero()) {
      throw new Undefined();
    }
    if (!a.excludesZero()) {
      throw new Unresolved();
    }
    return new ComplexBall(reals.log(abs(a)), argument(a));
  }

  private Ball argument(ComplexBall a) {
    if (a.isReal() && a.re().sign() < 0) {
      return reals.pi();
    }
    Ball half = reals.multiply(reals.pi(), reals.of(BigFraction.ONE_HALF));
    if (a.re().sign() > 0) {
      return reals.arctan(reals.divide(a.im(), a.re()));
    }
    // above or below the axis: arg = ±π/2 − arctan(re / im)
    if (a.im().sign() == 0) {
      throw new Unresolved();
    }
    Ball rest = reals.arctan(reals.divide(a.re(), a.im()));
    return reals.subtract(a.im().sign() > 0 ? half : half.negate(), rest);
  }

  /** e to the product of exponent and logarithm. */
  ComplexBall power(ComplexBall base, ComplexBall exponent) {
    return exp(multiply(exponent, log(base)));
  }

  ComplexBall sqrt(ComplexBall a) {
    if (a.isReal() && (a.isZero() || a.re().sign() > 0)) {
      return ComplexBall.real(reals.sqrt(a.re()));
    }
    if (a.isReal() && a.re().sign() < 0) {
      return new ComplexBall(Ball.ZERO, reals.sqrt(a.re().negate()));
    }
    if (a.isReal()) {
      throw new Unresolved();
    }
    Ball half = reals.of(BigFraction.ONE_HALF);
    // the greater part first, the other by division, so that nothing cancels
    Ball size = abs(a);
    if (a.re().sign() >= 0) {
      Ball re = reals.sqrt(reals.multiply(half, reals.add(size, a.re())));
      return new ComplexBall(re, reals.divide(reals.multiply(half, a.im()), re));
    }
    if (a.im().sign() == 0) {
      throw new Unresolved();
    }
    Ball im = reals.sqrt(reals.multiply(half, reals.subtract(size, a.re())));
    Ball signed = a.im().sign() < 0 ? im.negate() : im;
    return new ComplexBall(reals.divide(reals.multiply(half, a.im()), signed), signed);
  }

  ComplexBall sin(ComplexBall a) {
    if (a.isReal()) {
      return ComplexBall.real(reals.sin(a.re()));
    }
    return new ComplexBall(
        reals.multiply(reals.sin(a.re()), cosh(a.im())),
        reals.multiply(reals.cos(a.re()), sinh(a.im())));
  }

  ComplexBall cos(ComplexBall a) {
    if (a.isReal()) {
      return ComplexBall.real(reals.cos(a.re()));
    }
    return new ComplexBall(
        reals.multiply(reals.cos(a.re()), cosh(a.im())),
        reals.multiply(reals.sin(a.re()), sinh(a.im())).negate());
  }

  private Ball cosh(Ball a) {
    return halfOf(reals.add(reals.exp(a), reals.exp(a.negate())));
  }

  private Ball sinh(Ball a) {
    return halfOf(reals.subtract(reals.exp(a), reals.exp(a.negate())));
  }

  private Ball halfOf(Ball a) {
    return reals.multiply(a, reals.of(BigFraction.ONE_HALF));
  }
}
