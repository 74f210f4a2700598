package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.hipparchus.fraction.BigFraction;

/**
 * Points at which expressions are compared: random, the same for the same expressions, of both
 * signs and several sizes, and on both sides of the numbers that the expressions hold. Variables
 * that only whole numbers make sense for, as n in n! and (−1)^n, get whole numbers.
 */
final class SamplePoints {
  /** Sizes of the values; those near 1 most often, since high powers stay moderate there. */
  private static final double[] SIZES = {1, 2.5, 60, 0.4, 1, 8, 900, 0.03, 1, 60, 40_000, 1};

  private static final int POINTS = 18;
  private static final int MOST_BORDERS = 4;
  private static final long TICKS = 1_000_000_007L;

  private final Random random;
  private final Set<String> variables;
  private final Set<String> whole = new TreeSet<>();
  private final Set<BigFraction> borders = new TreeSet<>();

  private SamplePoints(Expr left, Expr right) {
    this.random = new Random(left.key().hashCode() * 31L + right.key().hashCode());
    this.variables = Constants.variables(left, right);
    look(left, false);
    look(right, false);
  }

  static List<Map<String, BigFraction>> of(Expr left, Expr right) {
    return new SamplePoints(left, right).points();
  }

  /** Finds variables of whole numbers, and numbers at which an expression may turn. */
  private void look(Expr expr, boolean turning) {
    if (expr instanceof Call call) {
      switch (call.function()) {
        case "factorial", "binomial", "gcd", "lcm", "mod" ->
            whole.addAll(Constants.variables(expr));
        default -> {}
      }
    }
    boolean root = false;
    if (expr instanceof Power power) {
      boolean negative = power.base() instanceof Num num && num.value().signum() < 0;
      if (negative || power.base().equals(Exprs.I)) {
        whole.addAll(Constants.variables(power.exponent()));
      }
      root = power.exponent() instanceof Num num && !Rationals.isWhole(num.value());
    }
    boolean turns = turning || expr instanceof Call || root;
    if (turns && expr instanceof Num num && borders.size() < MOST_BORDERS) {
      borders.add(num.value());
    }
    Constants.parts(expr).forEach(part -> look(part, turns));
  }

  private List<Map<String, BigFraction>> points() {
    List<Map<String, BigFraction>> points = new ArrayList<>();
    for (int i = 0; i < POINTS; i++) {
      points.add(point(SIZES[i % SIZES.length], i % 2 == 0));
    }
    for (BigFraction border : borders) {
      for (int side = -1; side <= 1; side += 2) {
        points.add(near(border, side));
        points.add(near(border.negate(), side));
      }
    }
    return points;
  }

  /** Most variables next to a number, on one side of it. */
  private Map<String, BigFraction> near(BigFraction border, int side) {
    Map<String, BigFraction> point = new HashMap<>(point(1.5, side > 0));
    boolean one = variables.size() == 1;
    for (String variable : variables) {
      if (!whole.contains(variable) && (one || random.nextInt(3) > 0)) {
        BigFraction step = new BigFraction(side * (random.nextInt(900) + 100), 1_000);
        point.put(variable, border.add(step));
      }
    }
    return point;
  }

  private Map<String, BigFraction> point(double size, boolean positive) {
    Map<String, BigFraction> point = new HashMap<>();
    for (String variable : variables) {
      if (whole.contains(variable)) {
        point.put(variable, new BigFraction(1 + random.nextInt(size > 1 ? 24 : 9)));
        continue;
      }
      long thousandths = Math.max(1, Math.round(size * 1000));
      long ticks = 300_000_000L + random.nextInt(1_400_000_000);
      BigFraction value =
          new BigFraction(ticks, TICKS).multiply(new BigFraction(thousandths, 1000));
      point.put(variable, positive || random.nextBoolean() ? value : value.negate());
    }
    return point;
  }
}
