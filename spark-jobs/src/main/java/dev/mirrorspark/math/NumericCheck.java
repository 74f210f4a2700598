package dev.mirrorspark.math;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.hipparchus.complex.Complex;

/**
 * Compares expressions by their values at random points, the same for the same expressions. Points
 * where one of them has no value say nothing; those where one has no real value though neither
 * holds i say something only where few points have.
 */
final class NumericCheck {
  /** What the values say. */
  enum Result {
    /** The values agree at every point that says something. */
    AGREE,
    /** At some point the values differ by far more than rounding. */
    DIFFER,
    /** Too few points say something. */
    SILENT
  }

  private static final int POINTS = 24;
  private static final int ENOUGH = 6;

  /** Relative differences up to this are rounding. */
  private static final double SAME = 1e-9;

  private static final double OTHER = 1e-7;

  private NumericCheck() {}

  static Result same(Expr left, Expr right) {
    Set<String> variables = Constants.variables(left, right);
    int agreed = 0;
    for (Complex[] values : values(left, right, variables)) {
      double scale = Math.max(values[0].norm(), values[1].norm());
      double gap = values[0].subtract(values[1]).norm();
      if (gap > OTHER * scale && gap > 1e-300) {
        return Result.DIFFER;
      }
      agreed += gap <= SAME * scale ? 1 : 0;
    }
    return agreed >= (variables.isEmpty() ? 1 : ENOUGH) ? Result.AGREE : Result.SILENT;
  }

  /** Whether the ratio of the expressions is the same everywhere, and not zero. */
  static Result proportional(Expr left, Expr right, boolean positive) {
    Set<String> variables = Constants.variables(left, right);
    if (variables.isEmpty()) {
      return Result.SILENT;
    }
    Complex first = null;
    int agreed = 0;
    for (Complex[] values : values(left, right, variables)) {
      Complex ratio = values[0].divide(values[1]);
      if (ratio.isNaN() || ratio.isInfinite() || ratio.norm() == 0) {
        continue;
      }
      first = first == null ? ratio : first;
      double gap = ratio.subtract(first).norm();
      if (gap > OTHER * first.norm() || positive && ratio.getReal() < 0) {
        return Result.DIFFER;
      }
      agreed++;
    }
    return agreed >= ENOUGH ? Result.AGREE : Result.SILENT;
  }

  private static List<Complex[]> values(Expr left, Expr right, Set<String> variables) {
    boolean complex =
        Constants.holds(left, (Expr.Sym) Exprs.I) || Constants.holds(right, (Expr.Sym) Exprs.I);
    var random = new Random(left.key().hashCode() * 31L + right.key().hashCode());
    List<Complex[]> reals = new ArrayList<>();
    List<Complex[]> all = new ArrayList<>();
    boolean constant = variables.isEmpty();
    for (int i = 0; i < (constant ? 1 : POINTS); i++) {
      Map<String, Double> point = new HashMap<>();
      for (String variable : variables) {
        // every other point has positive values alone, where roots and logarithms are real
        double magnitude = (i % 3 == 0 ? 5 : 1) * (0.2 + 2.6 * random.nextDouble());
        point.put(variable, i % 2 == 0 || random.nextBoolean() ? magnitude : -magnitude);
      }
      var evaluation = new Evaluation(point);
      Complex a = evaluation.of(left);
      Complex b = evaluation.of(right);
      boolean real = isReal(a) && isReal(b);
      boolean finite = !a.isNaN() && !b.isNaN() && !a.isInfinite() && !b.isInfinite();
      if (finite) {
        all.add(new Complex[] {a, b});
      }
      if (finite && real) {
        reals.add(new Complex[] {a, b});
      }
    }
    return complex || constant || reals.size() < ENOUGH ? all : reals;
  }

  private static boolean isReal(Complex value) {
    return Math.abs(value.getImaginary()) <= 1e-12 * Math.max(1, Math.abs(value.getReal()));
  }
}
