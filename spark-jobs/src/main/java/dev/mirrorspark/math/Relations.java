package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Answer.Union;
import dev.mirrorspark.math.Expr.Sym;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes answers of equations, inequalities and memberships. */
final class Relations {
  private Relations() {}

  /**
   * A variable with its value where the relation is one ({@code x = 5}, {@code x \in [1, 2]},
   * {@code 1 < x \le 2}, {@code x \ne 3}); else the relation.
   */
  static Answer of(List<Answer> sides, List<String> signs) {
    if (signs.contains("∈")) {
      if (signs.size() > 1 || !(sides.get(0) instanceof Scalar scalar)) {
        throw new Unreadable("a membership that is not of one value in one set");
      }
      return new Named(scalar.value(), sides.get(1));
    }
    if (signs.size() == 1 && signs.get(0).equals("=")) {
      boolean named =
          sides.get(0) instanceof Tuple names
              && sides.get(1) instanceof Tuple
              && names.members().stream().allMatch(Relations::isSymbol);
      if (named) {
        return sides.get(1);
      }
      if (sides.get(0) instanceof Scalar left && AnswerParser.isName(left.value())) {
        boolean solved =
            !(sides.get(1) instanceof Scalar right)
                || !(left.value() instanceof Sym sym && Constants.holds(right.value(), sym));
        if (solved) {
          return new Named(left.value(), sides.get(1));
        }
      }
      if (sides.get(1) instanceof Scalar right
          && right.value() instanceof Sym sym
          && !Constants.isConstant(sym)
          && AnswerParser.isNumber(sides.get(0))) {
        return new Named(sym, sides.get(0));
      }
    }
    List<Expr> exprs = new ArrayList<>();
    for (Answer side : sides) {
      if (!(side instanceof Scalar scalar)) {
        throw new Unreadable("a relation between what is no expression");
      }
      exprs.add(scalar.value());
    }
    return interval(exprs, signs).orElseGet(() -> new Relation(exprs, signs));
  }

  /** Inequalities that bound one symbol by constants. */
  private static Optional<Answer> interval(List<Expr> sides, List<String> signs) {
    if (signs.contains("=")) {
      return Optional.empty();
    }
    if (sides.size() == 2) {
      boolean symbolLeft = isVariable(sides.get(0)) && isBound(sides.get(1));
      boolean symbolRight = isVariable(sides.get(1)) && isBound(sides.get(0));
      if (!symbolLeft && !symbolRight) {
        return Optional.empty();
      }
      Expr symbol = sides.get(symbolLeft ? 0 : 1);
      Expr bound = sides.get(symbolLeft ? 1 : 0);
      String sign = symbolLeft ? signs.get(0) : turned(signs.get(0));
      return Optional.of(new Named(symbol, bounded(bound, sign)));
    }
    boolean between =
        sides.size() == 3
            && isVariable(sides.get(1))
            && isBound(sides.get(0))
            && isBound(sides.get(2));
    if (!between) {
      return Optional.empty();
    }
    boolean rising = "<≤".contains(signs.get(0)) && "<≤".contains(signs.get(1));
    boolean falling = ">≥".contains(signs.get(0)) && ">≥".contains(signs.get(1));
    if (!rising && !falling) {
      return Optional.empty();
    }
    int low = rising ? 0 : 1;
    return Optional.of(
        new Named(
            sides.get(1),
            interval(
                "≤≥".contains(signs.get(low)),
                sides.get(rising ? 0 : 2),
                sides.get(rising ? 2 : 0),
                "≤≥".contains(signs.get(1 - low)))));
  }

  private static Answer bounded(Expr bound, String sign) {
    Expr minusInfinity = Exprs.negate(Exprs.INFINITY);
    return switch (sign) {
      case "<", "≤" -> interval(false, minusInfinity, bound, sign.equals("≤"));
      case ">", "≥" -> interval(sign.equals("≥"), bound, Exprs.INFINITY, false);
      default ->
          new Union(
              List.of(
                  interval(false, minusInfinity, bound, false),
                  interval(false, bound, Exprs.INFINITY, false)));
    };
  }

  private static Tuple interval(boolean closedLow, Expr low, Expr high, boolean closedHigh) {
    return new Tuple(
        closedLow ? '[' : '(',
        List.of(new Scalar(low, Optional.empty()), new Scalar(high, Optional.empty())),
        closedHigh ? ']' : ')');
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

  private static boolean isSymbol(Answer answer) {
    return answer instanceof Scalar scalar && isVariable(scalar.value());
  }

  private static boolean isVariable(Expr side) {
    return side instanceof Sym sym && !Constants.isConstant(sym);
  }

  private static boolean isBound(Expr side) {
    return Constants.variables(side).isEmpty();
  }
}
