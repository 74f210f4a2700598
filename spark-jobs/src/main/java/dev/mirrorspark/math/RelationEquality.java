package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.AnswerEquality.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Compares chains of equations and inequalities, up to a factor and from either end. */
final class RelationEquality {
  private final ExprEquality exprs;

  RelationEquality(ExprEquality exprs) {
    this.exprs = exprs;
  }

  Result compare(Relation left, Relation right) {
    if (left.signs().size() != right.signs().size()) {
      return Result.DIFFERENT;
    }
    Result forward = links(left, right);
    return forward == Result.EQUAL || left.signs().size() == 1
        ? forward
        : forward.or(links(left, reversed(right)));
  }

  private static Relation reversed(Relation relation) {
    List<Expr> sides = new ArrayList<>(relation.sides());
    List<String> signs = new ArrayList<>(relation.signs());
    Collections.reverse(sides);
    Collections.reverse(signs);
    return new Relation(sides, signs.stream().map(Relations::turned).toList());
  }

  private Result links(Relation left, Relation right) {
    Result all = Result.EQUAL;
    for (int i = 0; i < left.signs().size() && all != Result.DIFFERENT; i++) {
      all = all.and(link(left, right, i));
    }
    return all;
  }

  private Result link(Relation left, Relation right, int at) {
    String sign = left.signs().get(at);
    boolean same = sign.equals(right.signs().get(at));
    boolean turned = Relations.turned(sign).equals(right.signs().get(at));
    if (!same && !turned) {
      return Result.DIFFERENT;
    }
    Expr one = Exprs.subtract(left.sides().get(at), left.sides().get(at + 1));
    Expr other = Exprs.subtract(right.sides().get(at), right.sides().get(at + 1));
    boolean constant = Constants.variables(one).isEmpty() || Constants.variables(other).isEmpty();
    if (constant) {
      // what is true or false whatever the values says nothing of them
      Expr[] ends =
          same
              ? new Expr[] {right.sides().get(at), right.sides().get(at + 1)}
              : new Expr[] {right.sides().get(at + 1), right.sides().get(at)};
      return expressions(left.sides().get(at), ends[0])
          .and(expressions(left.sides().get(at + 1), ends[1]));
    }
    boolean ordered = "<≤>≥".contains(sign);
    return Result.valueOf(
        exprs.proportional(one, same ? other : Exprs.negate(other), ordered).name());
  }

  private Result expressions(Expr left, Expr right) {
    return Result.valueOf(exprs.same(left, right).name());
  }
}
