package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/**
 * Values of expressions at points, as balls that hold them for certain. Throws {@link Undefined}
 * where there is none, {@link Unresolved} where more digits are needed, {@link TooLarge} where the
 * budget is spent.
 */
final class Evaluation {
  /** Which numbers are values. */
  enum Numbers {
    /** Reals alone; odd roots of negative numbers are real. */
    REAL,
    /** Complex ones too; odd roots of negative reals are real all the same. */
    COMPLEX,
    /** Complex ones, every root by its principal branch. */
    PRINCIPAL
  }

  private static final int MAX_WHOLE_EXPONENT = 200_000;

  private final Map<String, BigFraction> point;
  private final Arithmetic reals;
  private final ComplexArithmetic complex;
  private final Numbers numbers;

  /**
   * @param point the values of the variables
   */
  Evaluation(Map<String, BigFraction> point, Arithmetic arithmetic, Numbers numbers) {
    this.point = point;
    this.reals = arithmetic;
    this.complex = new ComplexArithmetic(arithmetic);
    this.numbers = numbers;
  }

  ComplexBall of(Expr expr) {
    if (expr instanceof Num num) {
      return ComplexBall.real(reals.of(num.value()));
    }
    if (expr instanceof Sym sym) {
      return symbol(sym.name());
    }
    if (expr instanceof Sum sum) {
      ComplexBall total = ComplexBall.real(Ball.ZERO);
      for (Expr term : sum.terms()) {
        total = complex.add(total, of(term));
      }
      return total;
    }
    if (expr instanceof Product product) {
      ComplexBall total = ComplexBall.ONE;
      for (Expr factor : product.factors()) {
        total = complex.multiply(total, of(factor));
      }
      return total;
    }
    return expr instanceof Power power ? power(power) : call((Call) expr);
  }

  private ComplexBall symbol(String name) {
    return switch (name) {
      case "π" -> ComplexBall.real(reals.pi());
      case "e" -> ComplexBall.real(reals.exp(Ball.ONE));
      case "i" -> {
        if (numbers == Numbers.REAL) {
          throw new Undefined();
        }
        yield ComplexBall.I;
      }
      case "°" -> ComplexBall.real(reals.divide(reals.pi(), reals.of(new BigFraction(180))));
      default -> {
        BigFraction value = point.get(name);
        if (value == null) {
          throw new Undefined();
        }
        yield ComplexBall.real(reals.of(value));
      }
    };
  }

  private ComplexBall power(Power power) {
    Optional<BigFraction> exponent = Rationals.of(power.exponent(), point);
    if (power.base().equals(Exprs.E)) {
      return exponent
          .map(value -> complex.exp(ComplexBall.real(reals.of(value))))
          .orElseGet(() -> complex.exp(of(power.exponent())));
    }
    ComplexBall base = of(power.base());
    return exponent.isPresent() ? power(base, exponent.get()) : general(base, of(power.exponent()));
  }

  private ComplexBall general(ComplexBall base, ComplexBall exponent) {
    if (base.isZero()) {
      if (exponent.isReal() && exponent.re().sign() > 0) {
        return base;
      }
      throw new Undefined();
    }
    if (base.isReal() && base.re().sign() == 0) {
      throw new Unresolved();
    }
    boolean negative = base.isReal() && base.re().sign() < 0;
    if (negative && numbers == Numbers.REAL) {
      throw new Undefined();
    }
    return complex.power(base, exponent);
  }

  private ComplexBall power(ComplexBall base, BigFraction exponent) {
    BigInteger over = exponent.getDenominator();
    BigInteger whole = exponent.getNumerator();
    if (over.equals(BigInteger.ONE)) {
      if (whole.bitLength() > 31 || Math.abs(whole.longValue()) > MAX_WHOLE_EXPONENT) {
        return general(base, ComplexBall.real(reals.of(exponent)));
      }
      return complex.power(base, whole);
    }
    if (base.isZero()) {
      if (whole.signum() < 0) {
        throw new Undefined();
      }
      return base;
    }
    boolean small = whole.bitLength() < 12;
    if (over.equals(BigInteger.TWO) && small) {
      if (base.isReal() && base.re().sign() < 0 && numbers == Numbers.REAL) {
        throw new Undefined();
      }
      return complex.power(complex.sqrt(base), whole);
    }
    boolean negative = base.isReal() && base.re().sign() < 0;
    if (negative && over.testBit(0) && numbers != Numbers.PRINCIPAL) {
      ComplexBall root = general(base.negate(), ComplexBall.real(reals.of(exponent)));
      return whole.testBit(0) ? root.negate() : root;
    }
    return general(base, ComplexBall.real(reals.of(exponent)));
  }

  private ComplexBall call(Call call) {
    Optional<BigFraction> exact = Rationals.of(call, point);
    if (exact.isPresent()) {
      return ComplexBall.real(reals.of(exact.get()));
    }
    List<ComplexBall> arguments = call.arguments().stream().map(this::of).toList();
    ComplexBall x = arguments.get(0);
    return switch (call.function()) {
      case "sin" -> complex.sin(x);
      case "cos" -> complex.cos(x);
      case "tan" -> complex.divide(complex.sin(x), complex.cos(x));
      case "cot" -> complex.divide(complex.cos(x), complex.sin(x));
      case "sec" -> complex.divide(ComplexBall.ONE, complex.cos(x));
      case "csc" -> complex.divide(ComplexBall.ONE, complex.sin(x));
      case "arcsin" -> ComplexBall.real(arcsin(x));
      case "arccos" -> ComplexBall.real(reals.subtract(halfPi(), arcsin(x)));
      case "arctan" -> ComplexBall.real(reals.arctan(real(x)));
      case "arccot" -> ComplexBall.real(reals.subtract(halfPi(), reals.arctan(real(x))));
      case "arcsec" ->
          ComplexBall.real(reals.subtract(halfPi(), arcsin(complex.divide(ComplexBall.ONE, x))));
      case "arccsc" -> ComplexBall.real(arcsin(complex.divide(ComplexBall.ONE, x)));
      case "sinh" -> complex.multiply(half(), complex.subtract(exp(x), exp(x.negate())));
      case "cosh" -> complex.multiply(half(), complex.add(exp(x), exp(x.negate())));
      case "tanh" ->
          complex.divide(
              complex.subtract(exp(x), exp(x.negate())), complex.add(exp(x), exp(x.negate())));
      case "log" -> complex.divide(logarithm(arguments.get(1)), logarithm(x));
      case "abs" -> ComplexBall.real(complex.abs(x));
      case "floor" -> ComplexBall.real(reals.floor(real(x)));
      case "ceil" -> ComplexBall.real(reals.floor(real(x).negate()).negate());
      case "max", "min" -> ComplexBall.real(extreme(arguments, call.function().equals("max")));
      default -> {
        if (!ExprParser.UNKNOWN_FUNCTION.matcher(call.function()).matches()) {
          throw new Undefined();
        }
        yield unknown(call.function(), arguments);
      }
    };
  }

  private ComplexBall exp(ComplexBall x) {
    return complex.exp(x);
  }

  private ComplexBall half() {
    return ComplexBall.real(reals.of(BigFraction.ONE_HALF));
  }

  private Ball halfPi() {
    return reals.multiply(reals.pi(), reals.of(BigFraction.ONE_HALF));
  }

  private static Ball real(ComplexBall x) {
    if (!x.isReal()) {
      throw new Undefined();
    }
    return x.re();
  }

  private ComplexBall logarithm(ComplexBall x) {
    if (numbers == Numbers.REAL && x.isReal() && (x.isZero() || x.re().sign() < 0)) {
      throw new Undefined();
    }
    return complex.log(x);
  }

  /** arctan(x / √(1 − x²)). */
  private Ball arcsin(ComplexBall argument) {
    Ball x = real(argument);
    Ball rest =
        reals.multiply(reals.subtract(Ball.ONE, x), reals.add(Ball.ONE, x)); // 1 − x², if exact: 0
    if (rest.isZero()) {
      return x.sign() > 0 ? halfPi() : halfPi().negate();
    }
    return reals.arctan(reals.divide(x, reals.sqrt(rest)));
  }

  private Ball extreme(List<ComplexBall> of, boolean greatest) {
    Ball best = real(of.get(0));
    for (ComplexBall other : of.subList(1, of.size())) {
      int sign = reals.subtract(real(other), best).sign();
      if (sign == 0) {
        throw new Unresolved();
      }
      best = sign > 0 == greatest ? real(other) : best;
    }
    return best;
  }

  /** A function of which nothing is known: some smooth one. */
  private ComplexBall unknown(String function, List<ComplexBall> arguments) {
    ComplexBall sum = constant(37 + (function.hashCode() & 0xff));
    for (ComplexBall argument : arguments) {
      ComplexBall wave = complex.sin(complex.multiply(constant(113), argument));
      ComplexBall line = complex.multiply(constant(61), argument);
      sum = complex.add(complex.multiply(constant(170), sum), complex.add(line, wave));
    }
    return sum;
  }

  private ComplexBall constant(int hundredths) {
    return ComplexBall.real(reals.of(new BigFraction(hundredths, 100)));
  }
}
