package dev.mirrorspark.math;

import java.util.Optional;

/**
 * Decides by the normal form, and what that leaves open by {@link NumericCheck values that are
 * certain}. Undecided is only what has no values.
 */
final class NumericEquality implements ExprEquality {
  private final ExactEquality exact = new ExactEquality();
  private final NumericCheck check;
  private boolean evaluated;

  NumericEquality(Budget budget) {
    this.check = new NumericCheck(budget);
  }

  /** What decided: {@code exact} or {@code evaluation}. */
  String by() {
    return evaluated ? "evaluation" : "exact";
  }

  @Override
  public Result same(Expr left, Expr right) {
    Result found = exact.same(left, right);
    if (found == Result.UNDECIDED) {
      evaluated = true;
      found = of(check.same(left, right));
    }
    return found == Result.DIFFERENT && (areDigits(left, right) || areDigits(right, left))
        ? Result.EQUAL
        : found;
  }

  /** All digits of an irrational number stand for it. */
  private boolean areDigits(Expr decimal, Expr constant) {
    return !(constant instanceof Expr.Num)
        && Constants.variables(constant).isEmpty()
        && Decimals.of(decimal)
            .filter(digits -> Decimals.isAllDigitsOf(constant, digits, check))
            .isPresent();
  }

  @Override
  public Optional<Boolean> sameSets(Answer left, Answer right) {
    evaluated = true;
    return RealSets.same(left, right, check);
  }

  @Override
  public boolean isNear(Expr exact, Expr decimal) {
    return Decimals.isRoundingOf(exact, decimal, check);
  }

  private static Result of(NumericCheck.Result found) {
    return switch (found) {
      case AGREE -> Result.EQUAL;
      case DIFFER -> Result.DIFFERENT;
      case SILENT -> Result.UNDECIDED;
    };
  }

  @Override
  public Result proportional(Expr left, Expr right, boolean positive) {
    if (left.key().equals(right.key())) {
      return Result.EQUAL;
    }
    if (Constants.variables(left, right).isEmpty()) {
      return same(left, right);
    }
    if (left.equals(Exprs.ZERO) || right.equals(Exprs.ZERO)) {
      return Result.DIFFERENT;
    }
    evaluated = true;
    var found = check.proportional(left, right, positive);
    if (found == NumericCheck.Result.DIFFER && !positive) {
      // y = 1/x and xy = 1: the same after multiplying out the denominators
      Expr one = Denominators.cleared(left);
      Expr other = Denominators.cleared(right);
      if (!one.equals(left) || !other.equals(right)) {
        found = check.proportional(one, other, false);
      }
    }
    return of(found);
  }
}
