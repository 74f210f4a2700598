package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Approximated;
import dev.mirrorspark.math.Answer.Combination;
import dev.mirrorspark.math.Answer.Congruence;
import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Ratio;
import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes answers of equations, inequalities and memberships. */
final class Relations {
  private static final Set<String> ANGULAR = Set.of("sin", "cos", "tan", "cot", "sec", "csc");

  private final Budget budget;

  /**
   * @param budget what looking at values may cost
   */
  Relations(Budget budget) {
    this.budget = budget;
  }

  /**
   * A name with its value where the relation is one ({@code x = 5}, {@code x \in [1, 2]}, {@code 1
   * < x \le 2}, {@code x \ne 3}, {@code 2x < 8}, {@code \angle A = 35}); the result where it is a
   * calculation that is right; else the relation.
   *
   * @throws Unreadable if it is a calculation that is wrong
   */
  Answer of(List<Answer> sides, List<String> signs) {
    int about = signs.indexOf("≈");
    if (about >= 0) {
      return approximated(sides, signs, about);
    }
    if (signs.contains("∈")) {
      if (signs.size() > 1 || !(sides.get(0) instanceof Scalar scalar)) {
        throw new Unreadable("a membership that is not of one value in one set");
      }
      return new Named(scalar.value(), sides.get(1));
    }
    if (signs.equals(List.of("≡"))) {
      if (sides.get(0) instanceof Scalar left && sides.get(1) instanceof Congruence right) {
        return isName(left.value()) ? new Named(left.value(), right) : right;
      }
      throw new Unreadable("a congruence without its modulus");
    }
    if (signs.stream().allMatch("="::equals)) {
      Optional<Answer> equation = equation(sides);
      if (equation.isPresent()) {
        return equation.get();
      }
    }
    List<Expr> exprs = new ArrayList<>();
    for (Answer side : sides) {
      if (!(side instanceof Scalar scalar)) {
        throw new Unreadable("a relation between what is no expression");
      }
      exprs.add(scalar.value());
    }
    return Inequalities.solved(exprs, signs, new NumericCheck(budget))
        .orElseGet(() -> new Relation(exprs, signs));
  }

  private Answer approximated(List<Answer> sides, List<String> signs, int about) {
    Answer left =
        about == 0 ? sides.get(0) : of(sides.subList(0, about + 1), signs.subList(0, about));
    Answer right = sides.get(sides.size() - 1);
    if (left instanceof Named named) {
      return new Named(named.variable(), new Approximated(named.value(), right));
    }
    return left instanceof Scalar scalar && isName(scalar.value())
        ? new Named(scalar.value(), right)
        : new Approximated(left, right);
  }

  private Optional<Answer> equation(List<Answer> sides) {
    Answer first = sides.get(0);
    if (sides.size() == 2 && first instanceof Tuple names && isOfSymbols(names)) {
      return sides.get(1) instanceof Tuple values
              && values.members().size() == names.members().size()
          ? Optional.of(assigned(names, values))
          : Optional.empty();
    }
    if (first instanceof Ratio ratio && ratio.parts().stream().allMatch(Relations::isName)) {
      return Optional.of(
          new Named(new Sym(ratio.canonical()), result(sides.subList(1, sides.size()))));
    }
    if (sides.size() > 2 && isConstant(sides.get(sides.size() - 1)) && areNames(sides)) {
      List<Answer> members = new ArrayList<>();
      for (Answer name : sides.subList(0, sides.size() - 1)) {
        members.add(new Named(((Scalar) name).value(), sides.get(sides.size() - 1)));
      }
      return Optional.of(new Many(members));
    }
    if (first instanceof Scalar left && isName(left.value())) {
      Answer value = sides.size() == 2 ? sides.get(1) : result(sides.subList(1, sides.size()));
      boolean solved =
          !(value instanceof Scalar right)
              || !(left.value() instanceof Sym sym && Constants.holds(right.value(), sym));
      return solved ? Optional.of(new Named(left.value(), value)) : Optional.empty();
    }
    if (sides.size() == 2
        && sides.get(1) instanceof Scalar right
        && right.value() instanceof Sym sym
        && !Constants.isConstant(sym)
        && isConstant(first)) {
      return Optional.of(new Named(sym, first));
    }
    if (sides.stream().allMatch(Relations::isConstant)) {
      return Optional.of(result(sides));
    }
    if (first instanceof Words) {
      throw new Unreadable("words that are equal to something");
    }
    return Optional.empty();
  }

  /** Whether all sides but the last are names, as in a = b = 3. */
  private static boolean areNames(List<Answer> sides) {
    return sides.subList(0, sides.size() - 1).stream()
        .allMatch(side -> side instanceof Scalar scalar && isVariable(scalar.value()));
  }

  private static boolean isConstant(Answer side) {
    return side instanceof Scalar scalar && Constants.variables(scalar.value()).isEmpty();
  }

  /** The last of sides that are all equal; formulas before a number are taken at their word. */
  private Answer result(List<Answer> sides) {
    Answer last = sides.get(sides.size() - 1);
    var equality = new AnswerEquality(new NumericEquality(budget));
    for (Answer side : sides.subList(0, sides.size() - 1)) {
      if (isConstant(last) && !isConstant(side) && side instanceof Scalar) {
        continue;
      }
      if (equality.compare(last, side) != AnswerEquality.Result.EQUAL) {
        throw new Unreadable("a calculation that is not right");
      }
    }
    return last;
  }

  /** (m, n) = (4, 7): each name with its value. */
  private static Answer assigned(Tuple names, Tuple values) {
    List<Answer> members = new ArrayList<>();
    for (int i = 0; i < names.members().size(); i++) {
      Scalar name = (Scalar) names.members().get(i);
      members.add(new Named(name.value(), values.members().get(i)));
    }
    return new Many(members);
  }

  private static boolean isOfSymbols(Tuple names) {
    return names.members().stream()
        .allMatch(member -> member instanceof Scalar scalar && isVariable(scalar.value()));
  }

  static boolean isVariable(Expr side) {
    return side instanceof Sym sym && !Constants.isConstant(sym);
  }

  /**
   * Whether a side of a relation is the name of a quantity: a symbol, f(x), capital letters such as
   * AB, quotients, products and absolute values of these.
   */
  static boolean isName(Expr side) {
    if (side instanceof Sym sym) {
      return !Constants.isConstant(sym) && !"ℝℤℕℚℂ".contains(sym.name());
    }
    if (side instanceof Call call) {
      Expr argument = call.arguments().get(0);
      return ExprParser.UNKNOWN_FUNCTION.matcher(call.function()).matches()
          || call.function().equals("abs") && (isOfPoints(argument) || argument instanceof Sym)
          || ANGULAR.contains(call.function()) && argument instanceof Sym;
    }
    return isOfPoints(side);
  }

  /** Products and quotients of capital letters and angles, and sums of two-letter ones. */
  private static boolean isOfPoints(Expr expr) {
    if (expr instanceof Product product) {
      boolean angle = product.factors().stream().anyMatch(Relations::isAngle);
      return product.factors().stream()
          .allMatch(factor -> isOfPoints(factor) || angle && factor.equals(new Sym("m")));
    }
    if (expr instanceof Power power) {
      return power.exponent() instanceof Num && isOfPoints(power.base());
    }
    if (expr instanceof Sum sum) {
      return sum.terms().stream().allMatch(term -> term instanceof Product && isOfPoints(term));
    }
    return isAngle(expr)
        || expr instanceof Sym sym
            && sym.name().matches("[A-Z]'*(?:_\\w+)?|\\\\overline\\{\\w+\\}");
  }

  private static boolean isAngle(Expr expr) {
    return expr instanceof Sym sym && (sym.name().startsWith("∠") || sym.name().startsWith("△"));
  }

  /** The sign of the relation with its sides exchanged. */
  static String turned(String sign) {
    return switch (sign) {
      case "<" -> ">";
      case "≤" -> "≥";
      case ">" -> "<";
      case "≥" -> "≤";
      default -> sign;
    };
  }

  /** The numbers that stand in a relation to a bound. */
  static Answer bounded(Expr bound, String sign) {
    Expr minusInfinity = Exprs.negate(Exprs.INFINITY);
    return switch (sign) {
      case "<", "≤" -> interval(false, minusInfinity, bound, sign.equals("≤"));
      case ">", "≥" -> interval(sign.equals("≥"), bound, Exprs.INFINITY, false);
      default ->
          new Combination(
              '∪',
              List.of(
                  interval(false, minusInfinity, bound, false),
                  interval(false, bound, Exprs.INFINITY, false)));
    };
  }

  static Tuple interval(boolean closedLow, Expr low, Expr high, boolean closedHigh) {
    return new Tuple(
        closedLow ? '[' : '(',
        List.of(new Scalar(low, Optional.empty()), new Scalar(high, Optional.empty())),
        closedHigh ? ']' : ')');
  }
}
