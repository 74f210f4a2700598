package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.hipparchus.fraction.BigFraction;

/** Exact values of what is rational at a point; empty for all else, and for what is large. */
final class Rationals {
  private static final int MAX_BITS = 20_000;
  private static final int MAX_FACTORIAL = 2_000;

  private Rationals() {}

  static Optional<BigFraction> of(Expr expr, Map<String, BigFraction> point) {
    if (expr instanceof Num num) {
      return Optional.of(num.value());
    }
    if (expr instanceof Sym sym) {
      return Optional.ofNullable(point.get(sym.name()));
    }
    if (expr instanceof Sum sum) {
      BigFraction total = BigFraction.ZERO;
      for (Expr term : sum.terms()) {
        Optional<BigFraction> value = of(term, point);
        if (value.isEmpty()) {
          return value;
        }
        total = total.add(value.get());
      }
      return bounded(total);
    }
    if (expr instanceof Product product) {
      BigFraction total = BigFraction.ONE;
      for (Expr factor : product.factors()) {
        Optional<BigFraction> value = of(factor, point);
        if (value.isEmpty()) {
          return value;
        }
        total = total.multiply(value.get());
      }
      return bounded(total);
    }
    if (expr instanceof Power power) {
      return power(of(power.base(), point), of(power.exponent(), point));
    }
    return call((Call) expr, point);
  }

  private static Optional<BigFraction> bounded(BigFraction value) {
    boolean small =
        value.getNumerator().bitLength() <= MAX_BITS
            && value.getDenominator().bitLength() <= MAX_BITS;
    return small ? Optional.of(value) : Optional.empty();
  }

  private static Optional<BigFraction> power(
      Optional<BigFraction> base, Optional<BigFraction> exponent) {
    if (base.isEmpty() || exponent.isEmpty() || !isWhole(exponent.get())) {
      return Optional.empty();
    }
    BigInteger whole = exponent.get().getNumerator();
    int bits =
        Math.max(base.get().getNumerator().bitLength(), base.get().getDenominator().bitLength());
    boolean small = whole.bitLength() < 16 && bits * (long) Math.abs(whole.intValue()) <= MAX_BITS;
    boolean defined = base.get().signum() != 0 || whole.signum() > 0;
    return small && defined ? Optional.of(base.get().pow(whole.intValue())) : Optional.empty();
  }

  private static Optional<BigFraction> call(Call call, Map<String, BigFraction> point) {
    List<BigFraction> arguments = new ArrayList<>();
    for (Expr argument : call.arguments()) {
      Optional<BigFraction> value = of(argument, point);
      if (value.isEmpty()) {
        return value;
      }
      arguments.add(value.get());
    }
    BigFraction x = arguments.get(0);
    return switch (call.function()) {
      case "abs" -> Optional.of(x.abs());
      case "floor" -> Optional.of(floor(x));
      case "ceil" -> Optional.of(floor(x.negate()).negate());
      case "factorial" -> factorial(x);
      case "binomial" -> binomial(x, arguments.get(1));
      case "gcd" -> wholeNumbers(arguments, BigInteger::gcd);
      case "lcm" -> wholeNumbers(arguments, Rationals::lcm);
      case "max" -> arguments.stream().max(BigFraction::compareTo);
      case "min" -> arguments.stream().min(BigFraction::compareTo);
      case "mod" -> {
        BigFraction by = arguments.get(1);
        yield by.signum() == 0
            ? Optional.empty()
            : Optional.of(x.subtract(by.multiply(floor(x.divide(by)))));
      }
      default -> Optional.empty();
    };
  }

  /** Exact values of functions of rationals, where they have one. */
  static Optional<BigFraction> of(String function, List<Expr> arguments) {
    return call(new Call(function, arguments), Map.of());
  }

  static boolean isWhole(BigFraction value) {
    return value.getDenominator().equals(BigInteger.ONE);
  }

  static BigFraction floor(BigFraction value) {
    BigInteger[] parts = value.getNumerator().divideAndRemainder(value.getDenominator());
    return new BigFraction(parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0]);
  }

  private static BigInteger lcm(BigInteger a, BigInteger b) {
    return a.signum() == 0 || b.signum() == 0
        ? BigInteger.ZERO
        : a.multiply(b).abs().divide(a.gcd(b));
  }

  private static Optional<BigFraction> wholeNumbers(
      List<BigFraction> of, BinaryOperator<BigInteger> operator) {
    return of.stream().allMatch(Rationals::isWhole)
        ? of.stream().map(BigFraction::getNumerator).reduce(operator).map(BigFraction::new)
        : Optional.empty();
  }

  private static Optional<BigFraction> factorial(BigFraction n) {
    if (!isWhole(n) || n.signum() < 0 || n.compareTo(new BigFraction(MAX_FACTORIAL)) > 0) {
      return Optional.empty();
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= n.getNumerator().intValue(); i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return Optional.of(new BigFraction(product));
  }

  private static Optional<BigFraction> binomial(BigFraction n, BigFraction k) {
    boolean known =
        isWhole(n)
            && isWhole(k)
            && n.signum() >= 0
            && n.compareTo(new BigFraction(MAX_FACTORIAL)) <= 0;
    if (!known) {
      return Optional.empty();
    }
    if (k.signum() < 0 || k.compareTo(n) > 0) {
      return Optional.of(BigFraction.ZERO);
    }
    int of = n.getNumerator().intValue();
    int chosen = k.getNumerator().intValue();
    BigInteger result = BigInteger.ONE;
    for (int i = 0; i < chosen; i++) {
      result = result.multiply(BigInteger.valueOf(of - i)).divide(BigInteger.valueOf(i + 1));
    }
    return Optional.of(new BigFraction(result));
  }
}
