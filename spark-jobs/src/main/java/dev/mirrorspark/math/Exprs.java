package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hipparchus.fraction.BigFraction;

/**
 * Makes expressions in normal form: numbers computed exactly, sums and products flat and in order,
 * like terms and like powers together, square roots of rationals as rational multiples of roots of
 * square-free integers. Products of sums are not multiplied out: that is left to the worker.
 */
final class Exprs {
  /** Largest numerator or denominator, in bits: 2004! has 19,200. */
  static final int MAX_BITS = 1 << 16;

  /** Largest exponent of what is not a number. */
  static final int MAX_EXPONENT = 10_000;

  static final int MAX_FACTORIAL = 5_000;

  static final Expr ZERO = new Num(BigFraction.ZERO);
  static final Expr ONE = new Num(BigFraction.ONE);
  static final Expr MINUS_ONE = new Num(BigFraction.MINUS_ONE);
  static final Expr HALF = new Num(BigFraction.ONE_HALF);
  static final Expr I = new Sym("i");
  static final Expr E = new Sym("e");
  static final Expr INFINITY = new Sym("∞");
  static final Expr DEGREE = new Sym("°");

  private static final Comparator<Expr> BY_KEY = Comparator.comparing(Expr::key);
  private static final int LARGEST_TRIAL_DIVISOR = 1_000;

  private Exprs() {}

  static Expr number(BigFraction value) {
    if (value.getNumerator().bitLength() > MAX_BITS
        || value.getDenominator().bitLength() > MAX_BITS) {
      throw new TooLarge("a number of more than " + MAX_BITS + " bits");
    }
    return new Num(value);
  }

  static Expr number(long value) {
    return new Num(new BigFraction(value));
  }

  static Expr add(Expr left, Expr right) {
    return sum(List.of(left, right));
  }

  static Expr subtract(Expr left, Expr right) {
    return sum(List.of(left, negate(right)));
  }

  static Expr negate(Expr expr) {
    return multiply(MINUS_ONE, expr);
  }

  static Expr multiply(Expr left, Expr right) {
    return product(List.of(left, right));
  }

  static Expr divide(Expr left, Expr right) {
    return multiply(left, power(right, MINUS_ONE));
  }

  static Expr sum(List<Expr> terms) {
    BigFraction constant = BigFraction.ZERO;
    Map<String, Expr> rests = new TreeMap<>();
    Map<String, BigFraction> coefficients = new TreeMap<>();
    for (Expr term : flat(terms, true)) {
      if (term instanceof Num num) {
        constant = ((Num) number(constant.add(num.value()))).value();
      } else {
        Expr rest = withoutCoefficient(term);
        rests.putIfAbsent(rest.key(), rest);
        coefficients.merge(rest.key(), coefficient(term), BigFraction::add);
      }
    }
    List<Expr> all = new ArrayList<>();
    coefficients.forEach(
        (key, coefficient) -> {
          if (coefficient.signum() != 0) {
            all.add(scaled(coefficient, rests.get(key)));
          }
        });
    if (constant.signum() != 0) {
      all.add(0, number(constant));
    }
    return all.isEmpty() ? ZERO : all.size() == 1 ? all.get(0) : new Sum(all);
  }

  private static List<Expr> flat(List<Expr> parts, boolean sums) {
    List<Expr> flat = new ArrayList<>();
    for (Expr part : parts) {
      if (sums && part instanceof Sum sum) {
        flat.addAll(sum.terms());
      } else if (!sums && part instanceof Product product) {
        flat.addAll(product.factors());
      } else {
        flat.add(part);
      }
    }
    return flat;
  }

  private static BigFraction coefficient(Expr term) {
    return term instanceof Product product && product.factors().get(0) instanceof Num num
        ? num.value()
        : BigFraction.ONE;
  }

  private static Expr withoutCoefficient(Expr term) {
    if (term instanceof Product product && product.factors().get(0) instanceof Num) {
      var rest = product.factors().subList(1, product.factors().size());
      return rest.size() == 1 ? rest.get(0) : new Product(rest);
    }
    return term;
  }

  /** A number times what holds no number as a factor; distributed over a sum. */
  private static Expr scaled(BigFraction coefficient, Expr rest) {
    if (coefficient.equals(BigFraction.ONE)) {
      return rest;
    }
    if (rest instanceof Sum sum) {
      return sum(sum.terms().stream().map(term -> multiply(number(coefficient), term)).toList());
    }
    List<Expr> factors = new ArrayList<>(List.of(number(coefficient)));
    factors.addAll(rest instanceof Product product ? product.factors() : List.of(rest));
    return new Product(factors);
  }

  static Expr product(List<Expr> parts) {
    BigFraction constant = BigFraction.ONE;
    BigFraction root = BigFraction.ONE; // what stands under a common square root
    Map<String, Expr> bases = new TreeMap<>();
    Map<String, Expr> exponents = new TreeMap<>();
    for (Expr factor : flat(parts, false)) {
      if (factor instanceof Num num) {
        constant = ((Num) number(constant.multiply(num.value()))).value();
      } else if (factor instanceof Power power
          && power.base() instanceof Num num
          && power.exponent().equals(HALF)) {
        root = ((Num) number(root.multiply(num.value()))).value();
      } else {
        Expr base = factor instanceof Power power ? power.base() : factor;
        Expr exponent = factor instanceof Power power ? power.exponent() : ONE;
        bases.putIfAbsent(base.key(), base);
        exponents.merge(base.key(), exponent, Exprs::add);
      }
    }
    List<Expr> factors = new ArrayList<>();
    List<Expr> again = new ArrayList<>();
    for (var entry : exponents.entrySet()) {
      Expr power = power(bases.get(entry.getKey()), entry.getValue());
      boolean whole = power instanceof Num || power instanceof Product;
      (whole ? again : factors).add(power);
    }
    if (!root.equals(BigFraction.ONE)) {
      Expr power = power(number(root), HALF);
      (power instanceof Power ? factors : again).add(power);
    }
    if (!again.isEmpty()) {
      factors.addAll(again);
      factors.add(number(constant));
      return product(factors);
    }
    if (constant.signum() == 0) {
      return factors.contains(INFINITY) ? undefined("0 times infinity") : ZERO;
    }
    factors.sort(BY_KEY);
    if (factors.isEmpty()) {
      return number(constant);
    }
    return scaled(constant, factors.size() == 1 ? factors.get(0) : new Product(factors));
  }

  private static Expr undefined(String what) {
    throw new Unreadable(what + " is undefined");
  }

  /**
   * A power.
   *
   * @throws TooLarge if the exponent or the result is beyond the limits
   * @throws Unreadable if it divides by zero
   */
  static Expr power(Expr base, Expr exponent) {
    if (exponent.equals(ONE)) {
      return base;
    }
    if (!(exponent instanceof Num num)) {
      return base.equals(ONE) ? ONE : new Power(base, exponent);
    }
    BigFraction value = num.value();
    if (base.equals(ZERO) && value.signum() <= 0) {
      return undefined("a power of zero that is not positive");
    }
    if (value.signum() == 0) {
      return ONE;
    }
    if (base instanceof Num number) {
      return power(number.value(), value);
    }
    if (value.getNumerator().bitLength() > 31
        || Math.abs(value.getNumerator().longValue()) > MAX_EXPONENT) {
      throw new TooLarge("an exponent beyond " + MAX_EXPONENT);
    }
    boolean whole = value.getDenominator().equals(BigInteger.ONE);
    if (whole && base.equals(I)) {
      return switch (Math.floorMod(value.getNumerator().intValue(), 4)) {
        case 0 -> ONE;
        case 1 -> I;
        case 2 -> MINUS_ONE;
        default -> multiply(MINUS_ONE, I);
      };
    }
    if (whole && base instanceof Power inner) {
      return power(inner.base(), multiply(inner.exponent(), exponent));
    }
    if (whole && base instanceof Product inner) {
      return product(inner.factors().stream().map(factor -> power(factor, exponent)).toList());
    }
    return new Power(base, exponent);
  }

  static Expr power(BigFraction base, BigFraction exponent) {
    if (base.equals(BigFraction.ONE)) {
      return ONE;
    }
    BigInteger whole = exponent.getNumerator();
    if (exponent.getDenominator().equals(BigInteger.ONE)) {
      long bits = Math.max(base.getNumerator().bitLength(), base.getDenominator().bitLength());
      boolean unit = base.getNumerator().abs().equals(BigInteger.ONE) && bits <= 1;
      if (unit) {
        return whole.testBit(0) ? number(base) : ONE;
      }
      if (whole.bitLength() > 31 || bits * Math.abs(whole.longValue()) > 2L * MAX_BITS) {
        throw new TooLarge("a power of more than " + MAX_BITS + " bits");
      }
      return number(base.pow(whole.intValue()));
    }
    boolean half = exponent.getDenominator().equals(BigInteger.TWO);
    if (!half) {
      return root(base, exponent);
    }
    if (!whole.equals(BigInteger.ONE)) {
      // b^(k + 1/2) = b^k √b
      BigFraction floor = exponent.subtract(BigFraction.ONE_HALF);
      return multiply(power(base, floor), power(number(base), HALF));
    }
    if (base.signum() < 0) {
      return multiply(I, power(number(base.negate()), HALF));
    }
    // √(p/q) = √(pq) / q
    BigInteger radicand = base.getNumerator().multiply(base.getDenominator());
    BigInteger outside = BigInteger.ONE;
    BigInteger[] exact = radicand.sqrtAndRemainder();
    if (exact[1].signum() == 0) {
      return number(new BigFraction(exact[0], base.getDenominator()));
    }
    for (int i = 2; i <= LARGEST_TRIAL_DIVISOR && radicand.bitLength() <= 256; i++) {
      BigInteger square = BigInteger.valueOf((long) i * i);
      if (square.compareTo(radicand) > 0) {
        break;
      }
      for (var parts = radicand.divideAndRemainder(square);
          parts[1].signum() == 0;
          parts = radicand.divideAndRemainder(square)) {
        radicand = parts[0];
        outside = outside.multiply(BigInteger.valueOf(i));
      }
    }
    Expr root = new Power(number(new BigFraction(radicand)), HALF);
    return scaled(new BigFraction(outside, base.getDenominator()), root);
  }

  /** A power that is rational where numerator and denominator have that root, such as 8^(2/3). */
  private static Expr root(BigFraction base, BigFraction exponent) {
    if (base.signum() < 0 && exponent.getDenominator().testBit(0)) {
      // odd roots of negative numbers are real
      Expr positive = power(base.negate(), exponent);
      return exponent.getNumerator().testBit(0) ? negate(positive) : positive;
    }
    Expr symbolic = new Power(number(base), number(exponent));
    if (exponent.getDenominator().bitLength() > 5 || base.signum() < 0) {
      return symbolic;
    }
    int degree = exponent.getDenominator().intValue();
    BigInteger top = rounded(base.getNumerator(), degree);
    BigInteger bottom = rounded(base.getDenominator(), degree);
    return top.pow(degree).equals(base.getNumerator())
            && bottom.pow(degree).equals(base.getDenominator())
        ? power(
            number(new BigFraction(top, bottom)), number(new BigFraction(exponent.getNumerator())))
        : symbolic;
  }

  private static BigInteger rounded(BigInteger value, int degree) {
    if (value.bitLength() > 1000) {
      return BigInteger.ZERO;
    }
    return BigInteger.valueOf(Math.round(Math.pow(value.doubleValue(), 1.0 / degree)));
  }

  /** n!, computed where n is a whole number. */
  static Expr factorial(Expr of) {
    if (!(of instanceof Num num) || num.value().getDenominator().bitLength() > 1) {
      return new Call("factorial", List.of(of));
    }
    int n = small(num);
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= n; i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return number(new BigFraction(product));
  }

  /** n over k, computed where both are whole numbers. */
  static Expr binomial(Expr of, Expr chosen) {
    boolean whole =
        of instanceof Num n
            && chosen instanceof Num k
            && n.value().getDenominator().bitLength() == 1
            && k.value().getDenominator().bitLength() == 1;
    if (!whole) {
      return new Call("binomial", List.of(of, chosen));
    }
    int n = small((Num) of);
    int k = small((Num) chosen);
    BigInteger result = k > n ? BigInteger.ZERO : BigInteger.ONE;
    for (int i = 0; i < Math.min(k, n - k); i++) {
      result = result.multiply(BigInteger.valueOf(n - i)).divide(BigInteger.valueOf(i + 1));
    }
    return number(new BigFraction(result));
  }

  private static int small(Num num) {
    if (num.value().signum() < 0) {
      throw new Unreadable("a factorial of a negative number");
    }
    if (num.value().compareTo(new BigFraction(MAX_FACTORIAL)) > 0) {
      throw new TooLarge("a factorial of more than " + MAX_FACTORIAL);
    }
    return num.value().getNumerator().intValue();
  }
}
