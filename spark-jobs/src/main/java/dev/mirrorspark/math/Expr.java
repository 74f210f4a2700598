package dev.mirrorspark.math;

import java.util.List;
import org.hipparchus.fraction.BigFraction;

/**
 * An expression over exact rationals, symbols and functions. Equal keys mean equal expressions; the
 * converse holds for rationals and for rational multiples of square roots. Made by {@link Exprs},
 * which brings it into that form.
 */
sealed interface Expr {

  /** Text that orders and identifies the expression, in LaTeX for a number. */
  String key();

  /** An exact rational number. */
  record Num(BigFraction value) implements Expr {
    @Override
    public String key() {
      String whole = value.getNumerator().toString();
      if (value.getDenominator().bitLength() == 1) {
        return whole;
      }
      boolean negative = whole.charAt(0) == '-';
      return "%s\\frac{%s}{%s}"
          .formatted(
              negative ? "-" : "",
              negative ? whole.substring(1) : whole,
              value.getDenominator().toString());
    }
  }

  /** A variable, or one of the constants π, e, i, ∞ and ° (a degree, π/180). */
  record Sym(String name) implements Expr {
    @Override
    public String key() {
      return name;
    }
  }

  /** A sum of at least two terms in the order of their keys. */
  record Sum(List<Expr> terms, String key) implements Expr {
    Sum(List<Expr> terms) {
      this(List.copyOf(terms), joined(terms, "+"));
    }
  }

  /** A product of at least two factors, a number first, the others in the order of their keys. */
  record Product(List<Expr> factors, String key) implements Expr {
    Product(List<Expr> factors) {
      this(List.copyOf(factors), joined(factors, "*"));
    }
  }

  /** A power. */
  record Power(Expr base, Expr exponent, String key) implements Expr {
    Power(Expr base, Expr exponent) {
      this(base, exponent, "(" + base.key() + ")^(" + exponent.key() + ")");
    }
  }

  /** A function of its arguments. */
  record Call(String function, List<Expr> arguments, String key) implements Expr {
    Call(String function, List<Expr> arguments) {
      this(function, List.copyOf(arguments), function + joined(arguments, ","));
    }
  }

  private static String joined(List<Expr> parts, String separator) {
    return "(" + String.join(separator, parts.stream().map(Expr::key).toList()) + ")";
  }
}
