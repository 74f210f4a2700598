package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import org.hipparchus.fraction.BigFraction;

/** Decides what the normal form decides: equality where keys are equal, difference of numbers. */
record ExactEquality() implements ExprEquality {

  @Override
  public Result same(Expr left, Expr right) {
    if (left instanceof Num a && right instanceof Num b) {
      return a.value().compareTo(b.value()) == 0 ? Result.EQUAL : Result.DIFFERENT;
    }
    if (left.key().equals(right.key())) {
      return Result.EQUAL;
    }
    if (Constants.holds(left, (Expr.Sym) Exprs.INFINITY)
        || Constants.holds(right, (Expr.Sym) Exprs.INFINITY)
        || isUniqueForm(left) && isUniqueForm(right)) {
      return Result.DIFFERENT;
    }
    return Result.UNDECIDED;
  }

  /**
   * Whether an expression is a rational, a rational times the root of a small square-free integer,
   * or a rational times a symbol: of these, equal ones have equal keys.
   */
  private static boolean isUniqueForm(Expr expr) {
    Expr rest =
        expr instanceof Product product
                && product.factors().size() == 2
                && product.factors().get(0) instanceof Num
            ? product.factors().get(1)
            : expr;
    if (rest instanceof Power power && power.base() instanceof Num num) {
      boolean small = num.value().compareTo(new BigFraction(1_000_000)) < 0;
      return small && power.exponent().equals(Exprs.HALF);
    }
    return rest instanceof Num || rest instanceof Expr.Sym sym && !sym.name().equals("°");
  }

  @Override
  public Result proportional(Expr left, Expr right, boolean positive) {
    return left.key().equals(right.key()) ? Result.EQUAL : Result.UNDECIDED;
  }
}
