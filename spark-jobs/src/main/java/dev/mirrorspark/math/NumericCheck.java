package dev.mirrorspark.math;

import dev.mirrorspark.math.Evaluation.Numbers;
import dev.mirrorspark.math.Expr.Sym;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/**
 * Compares expressions by balls that hold their values for certain: at one point where they hold no
 * variable, else at {@link SamplePoints many}. Balls that do not meet refute at once. Equality
 * needs that all meet, and that at several points they are narrower than 10^-60 of the value, with
 * as many digits more as small numbers beside large ones need to be seen.
 *
 * <p>Where one side has a real value and the other none, their complex values count: so √x·√x is x,
 * and ln x² is not 2 ln x. Points where neither has a real value say nothing where others do.
 */
final class NumericCheck {
  /** What the values say. */
  enum Result {
    AGREE,
    DIFFER,
    /** There are no values, or too few. */
    SILENT
  }

  /** What one point says. */
  private enum Found {
    DIFFERENT,
    /** The balls meet. */
    MEET,
    /** They meet, and are narrow. */
    SAME,
    NOTHING
  }

  private static final int FEW_DIGITS = 25;
  private static final int SURE_DIGITS = 60;
  private static final int MOST_DIGITS = 8_000;
  private static final int ENOUGH = 4;
  private static final int SURE_POINTS = 6;

  private final Budget budget;
  private final Map<Integer, Elementary> elementary = new HashMap<>();

  NumericCheck(Budget budget) {
    this.budget = budget;
  }

  private Arithmetic arithmetic(int digits) {
    return new Arithmetic(
        digits,
        budget,
        elementary.computeIfAbsent(
            digits, wanted -> new Elementary(wanted + Arithmetic.SPARE_DIGITS)));
  }

  Result same(Expr left, Expr right) {
    boolean complex = isComplex(left) || isComplex(right);
    if (Constants.variables(left, right).isEmpty()) {
      return constants(left, right, complex);
    }
    List<Map<String, BigFraction>> points = SamplePoints.of(left, right);
    List<Map<String, BigFraction>> met = new ArrayList<>();
    for (var point : points) {
      Found found = at(point, left, right, FEW_DIGITS, complex ? Numbers.COMPLEX : Numbers.REAL);
      if (found == Found.DIFFERENT) {
        return Result.DIFFER;
      }
      if (found != Found.NOTHING) {
        met.add(point);
      }
    }
    Numbers numbers = complex ? Numbers.COMPLEX : Numbers.REAL;
    if (met.size() < ENOUGH) {
      numbers = Numbers.PRINCIPAL;
      met = points;
    }
    int sure = 0;
    for (var point : met) {
      Found found = surely(point, left, right, numbers);
      if (found == Found.DIFFERENT) {
        return Result.DIFFER;
      }
      sure += found == Found.SAME ? 1 : 0;
      if (sure == SURE_POINTS) {
        break;
      }
    }
    return sure >= ENOUGH ? Result.AGREE : Result.SILENT;
  }

  private static boolean isComplex(Expr expr) {
    return Constants.holds(expr, (Sym) Exprs.I);
  }

  private Result constants(Expr left, Expr right, boolean complex) {
    Numbers numbers = complex ? Numbers.COMPLEX : Numbers.REAL;
    if (at(Map.of(), left, right, FEW_DIGITS, numbers) == Found.DIFFERENT) {
      return Result.DIFFER;
    }
    Found found = surely(Map.of(), left, right, numbers);
    if (found == Found.NOTHING && !complex) {
      found = surely(Map.of(), left, right, Numbers.PRINCIPAL);
    }
    return switch (found) {
      case DIFFERENT -> Result.DIFFER;
      case SAME -> Result.AGREE;
      case MEET, NOTHING -> Result.SILENT;
    };
  }

  /** With as many digits as it takes. */
  private Found surely(Map<String, BigFraction> point, Expr left, Expr right, Numbers numbers) {
    var first = arithmetic(FEW_DIGITS);
    try {
      var evaluation = new Evaluation(point, first, Numbers.PRINCIPAL);
      evaluation.of(left);
      evaluation.of(right);
    } catch (Undefined | Unresolved e) {
      // what came up so far has to do
    }
    int digits = SURE_DIGITS + 15 + first.depth();
    Found found = Found.NOTHING;
    for (int i = 0; i < 3 && digits <= MOST_DIGITS + SURE_DIGITS; i++) {
      found = at(point, left, right, digits, numbers);
      if (found == Found.SAME || found == Found.DIFFERENT) {
        return found;
      }
      digits = digits * 2 + 50;
    }
    return found == Found.MEET ? Found.NOTHING : found;
  }

  private Found at(
      Map<String, BigFraction> point, Expr left, Expr right, int digits, Numbers numbers) {
    var arithmetic = arithmetic(digits);
    var evaluation = new Evaluation(point, arithmetic, numbers);
    try {
      Optional<ComplexBall> a = value(evaluation, left);
      Optional<ComplexBall> b = value(evaluation, right);
      if (a.isPresent() && b.isPresent()) {
        return compared(a.get(), b.get(), arithmetic);
      }
      if (a.isEmpty() && b.isEmpty()) {
        return Found.NOTHING;
      }
      if (numbers != Numbers.REAL) {
        // at a single point one may have a gap that the other lacks, as (x² − 1)/(x − 1) at 1
        return point.isEmpty() ? Found.DIFFERENT : Found.NOTHING;
      }
      Found principal = at(point, left, right, digits, Numbers.PRINCIPAL);
      return principal == Found.DIFFERENT || point.isEmpty() ? principal : Found.NOTHING;
    } catch (Unresolved e) {
      return Found.NOTHING;
    }
  }

  private static Optional<ComplexBall> value(Evaluation evaluation, Expr expr) {
    try {
      return Optional.of(evaluation.of(expr));
    } catch (Undefined e) {
      return Optional.empty();
    }
  }

  private static Found compared(ComplexBall a, ComplexBall b, Arithmetic arithmetic) {
    var complex = new ComplexArithmetic(arithmetic);
    ComplexBall gap = complex.subtract(a, b);
    if (gap.excludesZero()) {
      return Found.DIFFERENT;
    }
    BigDecimal width = gap.re().magnitude().max(gap.im().magnitude());
    BigDecimal scale =
        a.re()
            .magnitude()
            .max(a.im().magnitude())
            .max(b.re().magnitude())
            .max(b.im().magnitude())
            .max(BigDecimal.ONE);
    return width.compareTo(scale.scaleByPowerOfTen(-SURE_DIGITS)) <= 0 ? Found.SAME : Found.MEET;
  }

  /** Whether the ratio of the expressions is the same everywhere, and not zero. */
  Result proportional(Expr left, Expr right, boolean positive) {
    Numbers numbers = isComplex(left) || isComplex(right) ? Numbers.COMPLEX : Numbers.REAL;
    int agreed = 0;
    Optional<Map<String, BigFraction>> first = Optional.empty();
    for (var point : SamplePoints.of(left, right)) {
      try {
        var arithmetic = arithmetic(SURE_DIGITS + 20);
        var here = new Evaluation(point, arithmetic, numbers);
        ComplexBall a = here.of(left);
        ComplexBall b = here.of(right);
        if (!a.excludesZero() && !b.excludesZero()) {
          continue;
        }
        if (positive && a.re().sign() * b.re().sign() < 0 || a.isZero() != b.isZero()) {
          return Result.DIFFER;
        }
        if (first.isEmpty()) {
          first = Optional.of(point);
          continue;
        }
        var there = new Evaluation(first.get(), arithmetic, numbers);
        var complex = new ComplexArithmetic(arithmetic);
        Found found =
            compared(
                complex.multiply(a, there.of(right)),
                complex.multiply(b, there.of(left)),
                arithmetic);
        if (found == Found.DIFFERENT) {
          return Result.DIFFER;
        }
        agreed += found == Found.SAME ? 1 : 0;
      } catch (Undefined | Unresolved e) {
        // this point says nothing
      }
    }
    return agreed >= ENOUGH ? Result.AGREE : Result.SILENT;
  }

  /** The sign of a real constant; empty where it has none, or is not known to be 0. */
  Optional<Integer> sign(Expr constant) {
    if (constant instanceof Expr.Num num) {
      return Optional.of(num.value().signum());
    }
    if (!Constants.variables(constant).isEmpty()) {
      return Optional.empty();
    }
    Result zero = constants(constant, Exprs.ZERO, isComplex(constant));
    if (zero == Result.AGREE) {
      return Optional.of(0);
    }
    for (int digits = FEW_DIGITS; digits <= MOST_DIGITS; digits *= 4) {
      try {
        var value = new Evaluation(Map.of(), arithmetic(digits), Numbers.REAL);
        ComplexBall ball = value.of(constant);
        if (ball.re().sign() != 0) {
          return Optional.of(ball.re().sign());
        }
      } catch (Undefined e) {
        return Optional.empty();
      } catch (Unresolved e) {
        // with more digits, perhaps
      }
    }
    return Optional.empty();
  }

  /** A real constant to so many digits; empty where it has no real value. */
  Optional<BigDecimal> value(Expr constant, int digits) {
    try {
      var arithmetic = arithmetic(digits + 10);
      ComplexBall ball = new Evaluation(Map.of(), arithmetic, Numbers.REAL).of(constant);
      return Optional.of(ball.re().mid());
    } catch (Undefined | Unresolved e) {
      return Optional.empty();
    }
  }
}
