package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Expr.Sym;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Solves inequalities that are linear in one variable and hold no other. */
final class Inequalities {
  private Inequalities() {}

  /** a·x + b. */
  private record Linear(Sym variable, Expr slope, Expr constant, int sign) {
    /** Where it has that value. */
    Expr at(Expr value) {
      return Exprs.divide(Exprs.subtract(value, constant), slope);
    }
  }

  /**
   * The variable with the set that the inequalities leave it; empty where they are of no such form.
   */
  static Optional<Answer> solved(List<Expr> sides, List<String> signs, NumericCheck check) {
    if (signs.contains("=")) {
      return Optional.empty();
    }
    if (sides.size() == 2) {
      Optional<Linear> linear = linear(Exprs.subtract(sides.get(0), sides.get(1)), check);
      return linear.map(
          found ->
              new Named(
                  found.variable(),
                  Relations.bounded(found.at(Exprs.ZERO), turned(signs.get(0), found))));
    }
    boolean between =
        sides.size() == 3
            && Constants.variables(sides.get(0)).isEmpty()
            && Constants.variables(sides.get(2)).isEmpty();
    Optional<Linear> middle = between ? linear(sides.get(1), check) : Optional.empty();
    if (middle.isEmpty()) {
      return Optional.empty();
    }
    Linear linear = middle.get();
    // low < x and x < high, once both signs point the same way
    String left = turned(Relations.turned(signs.get(0)), linear);
    String right = turned(signs.get(1), linear);
    boolean rising = "<≤".contains(right) && ">≥".contains(left);
    boolean falling = ">≥".contains(right) && "<≤".contains(left);
    if (!rising && !falling) {
      return Optional.empty();
    }
    Expr one = linear.at(sides.get(0));
    Expr other = linear.at(sides.get(2));
    return Optional.of(
        new Named(
            linear.variable(),
            Relations.interval(
                "≤≥".contains(rising ? left : right),
                rising ? one : other,
                rising ? other : one,
                "≤≥".contains(rising ? right : left))));
  }

  private static String turned(String sign, Linear by) {
    return by.sign() > 0 ? sign : Relations.turned(sign);
  }

  private static Optional<Linear> linear(Expr expr, NumericCheck check) {
    Set<String> variables = Constants.variables(expr);
    if (variables.size() != 1) {
      return Optional.empty();
    }
    var variable = new Sym(variables.iterator().next());
    try {
      Expr constant = Substitution.of(expr, variable, Exprs.ZERO);
      Expr slope = Exprs.subtract(Substitution.of(expr, variable, Exprs.ONE), constant);
      Expr line = Exprs.add(Exprs.multiply(slope, variable), constant);
      boolean straight =
          line.key().equals(expr.key()) || check.same(line, expr) == NumericCheck.Result.AGREE;
      if (!straight) {
        return Optional.empty();
      }
      return check
          .sign(slope)
          .filter(sign -> sign != 0)
          .map(sign -> new Linear(variable, slope, constant, sign));
    } catch (Unreadable e) {
      // no value at 0 or 1: no line
      return Optional.empty();
    }
  }
}
