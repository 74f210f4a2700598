package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Matrix;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Numeral;
import dev.mirrorspark.math.Answer.Ratio;
import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Answer.Union;
import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Sym;
import dev.mirrorspark.math.Units.Unit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** Compares answers by their structure, and the expressions in them by an {@link ExprEquality}. */
final class AnswerEquality {
  /** What is known of two answers. */
  enum Result {
    EQUAL,
    DIFFERENT,
    NOT_COMPARABLE,
    UNDECIDED
  }

  private static final Expr HUNDREDTH = Exprs.number(new BigFraction(1, 100));

  private final ExprEquality exprs;

  AnswerEquality(ExprEquality exprs) {
    this.exprs = exprs;
  }

  Result compare(Answer reference, Answer stated) {
    if (reference instanceof Named || stated instanceof Named) {
      return named(reference, stated);
    }
    if (reference instanceof Scalar left && stated instanceof Scalar right) {
      return scalars(left, right);
    }
    if (reference instanceof Many || stated instanceof Many) {
      return many(reference, stated);
    }
    if (reference instanceof Numeral || stated instanceof Numeral) {
      return numerals(reference, stated);
    }
    if (reference instanceof Tuple left && stated instanceof Tuple right) {
      boolean alike = left.open() == right.open() && left.close() == right.close();
      return alike && left.members().size() == right.members().size()
          ? inOrder(left.members(), right.members())
          : Result.DIFFERENT;
    }
    if (reference instanceof Union left && stated instanceof Union right) {
      return sets(left.members(), right.members());
    }
    if (isSet(reference) && isSet(stated)) {
      return Result.DIFFERENT;
    }
    if (reference instanceof Matrix left && stated instanceof Matrix right) {
      return matrices(left, right);
    }
    if (reference instanceof Relation left && stated instanceof Relation right) {
      return relations(left, right);
    }
    if (reference instanceof Ratio || stated instanceof Ratio) {
      return ratios(reference, stated);
    }
    if (reference instanceof Words && stated instanceof Words) {
      return reference.canonical().equals(stated.canonical()) ? Result.EQUAL : Result.DIFFERENT;
    }
    return symbolAsWord(reference, stated) || symbolAsWord(stated, reference)
        ? Result.EQUAL
        : Result.NOT_COMPARABLE;
  }

  private static boolean isSet(Answer answer) {
    return answer instanceof Union || answer instanceof Tuple;
  }

  /** {@code (\text{E})} and {@code E}. */
  private static boolean symbolAsWord(Answer symbol, Answer word) {
    return symbol instanceof Scalar scalar
        && scalar.value() instanceof Sym sym
        && word instanceof Words words
        && words.words().replaceAll("[()\\s.]", "").equals(sym.name());
  }

  private Result scalars(Scalar reference, Scalar stated) {
    Optional<Unit> left = reference.unit();
    Optional<Unit> right = stated.unit();
    boolean percentLeft = left.filter(Unit.PERCENT::equals).isPresent();
    boolean percentRight = right.filter(Unit.PERCENT::equals).isPresent();
    if (left.isPresent() && right.isPresent()) {
      if (left.get().equals(right.get())) {
        return expressions(reference.value(), stated.value());
      }
      return left.get().dimension().equals(right.get().dimension())
          ? expressions(inBase(reference), inBase(stated))
          : Result.DIFFERENT;
    }
    if (percentLeft || percentRight) {
      return shares(reference, stated, percentLeft);
    }
    Result plain = expressions(reference.value(), stated.value());
    boolean angle = left.or(() -> right).filter(Unit.DEGREE::equals).isPresent();
    if (plain == Result.EQUAL || !angle) {
      return plain;
    }
    Result radians =
        expressions(
            left.isPresent() ? inRadians(reference) : reference.value(),
            right.isPresent() ? inRadians(stated) : stated.value());
    return radians == Result.EQUAL || plain == Result.UNDECIDED ? either(plain, radians) : radians;
  }

  /** 20% is 0.2; and 20, where that is what was asked for: not where the reference is a share. */
  private Result shares(Scalar reference, Scalar stated, boolean percentLeft) {
    Scalar percent = percentLeft ? reference : stated;
    Scalar other = percentLeft ? stated : reference;
    Result share = expressions(Exprs.multiply(percent.value(), HUNDREDTH), other.value());
    boolean small =
        !percentLeft
            && other.value() instanceof Num num
            && num.value().abs().compareTo(BigFraction.ONE) <= 0;
    return share == Result.EQUAL || small
        ? share
        : either(share, expressions(percent.value(), other.value()));
  }

  private static Expr inBase(Scalar scalar) {
    return Exprs.multiply(scalar.value(), Exprs.number(scalar.unit().orElseThrow().size()));
  }

  private static Expr inRadians(Scalar degrees) {
    return Exprs.product(
        List.of(degrees.value(), new Sym("π"), Exprs.number(new BigFraction(1, 180))));
  }

  private static Result either(Result one, Result other) {
    if (one == Result.EQUAL || other == Result.EQUAL) {
      return Result.EQUAL;
    }
    return one == Result.UNDECIDED || other == Result.UNDECIDED
        ? Result.UNDECIDED
        : Result.DIFFERENT;
  }

  private Result expressions(Expr left, Expr right) {
    return Result.valueOf(exprs.same(left, right).name());
  }

  private Result named(Answer reference, Answer stated) {
    if (reference instanceof Named left && stated instanceof Named right) {
      if (left.variable().key().equals(right.variable().key())) {
        return compare(left.value(), right.value());
      }
      boolean values = AnswerParser.isNumber(left.value()) || AnswerParser.isNumber(right.value());
      Optional<Relation> one = equation(left);
      Optional<Relation> other = equation(right);
      return values || one.isEmpty() || other.isEmpty()
          ? Result.DIFFERENT
          : relations(one.get(), other.get());
    }
    Named named = (Named) (reference instanceof Named ? reference : stated);
    Answer other = reference instanceof Named ? stated : reference;
    if (other instanceof Relation relation) {
      Optional<Relation> equation = equation(named);
      return equation.isPresent() ? relations(equation.get(), relation) : Result.DIFFERENT;
    }
    return reference instanceof Named
        ? compare(named.value(), other)
        : compare(other, named.value());
  }

  private static Optional<Relation> equation(Named named) {
    return named.value() instanceof Scalar scalar
        ? Optional.of(new Relation(List.of(named.variable(), scalar.value()), List.of("=")))
        : Optional.empty();
  }

  private Result many(Answer reference, Answer stated) {
    List<Answer> left = reference instanceof Many many ? many.members() : List.of(reference);
    List<Answer> right = stated instanceof Many many ? many.members() : List.of(stated);
    boolean listAndOther = !(reference instanceof Many) || !(stated instanceof Many);
    Result result = sets(left, right);
    boolean structured = isStructured(reference) || isStructured(stated);
    return listAndOther && structured && result != Result.EQUAL ? Result.NOT_COMPARABLE : result;
  }

  private static boolean isStructured(Answer answer) {
    return answer instanceof Tuple
        || answer instanceof Union
        || answer instanceof Matrix
        || answer instanceof Relation
        || answer instanceof Words;
  }

  /** Equal as sets: each member of one equals a member of the other. */
  private Result sets(List<Answer> left, List<Answer> right) {
    if (left.isEmpty() || right.isEmpty()) {
      return left.size() == right.size() ? Result.EQUAL : Result.DIFFERENT;
    }
    Result forth = contained(left, right);
    return forth == Result.DIFFERENT ? forth : both(forth, contained(right, left));
  }

  private Result contained(List<Answer> members, List<Answer> in) {
    Result all = Result.EQUAL;
    for (int i = 0; i < members.size() && all != Result.DIFFERENT; i++) {
      Answer member = members.get(i);
      // the like place first: most lists are in the same order
      Result found = i < in.size() ? compare(in.get(i), member) : Result.DIFFERENT;
      for (int j = 0; j < in.size() && found != Result.EQUAL; j++) {
        if (j != i) {
          found = either(found, compare(in.get(j), member));
        }
      }
      all = both(all, found);
    }
    return all;
  }

  private static Result both(Result one, Result other) {
    if (one == Result.EQUAL && other == Result.EQUAL) {
      return Result.EQUAL;
    }
    boolean open = one == Result.UNDECIDED || other == Result.UNDECIDED;
    boolean different =
        one == Result.DIFFERENT
            || other == Result.DIFFERENT
            || one == Result.NOT_COMPARABLE
            || other == Result.NOT_COMPARABLE;
    return different || !open ? Result.DIFFERENT : Result.UNDECIDED;
  }

  private Result inOrder(List<Answer> left, List<Answer> right) {
    Result all = Result.EQUAL;
    for (int i = 0; i < left.size() && all != Result.DIFFERENT; i++) {
      all = both(all, compare(left.get(i), right.get(i)));
    }
    return all;
  }

  /** To the same base, or with a base and without, by digits; to different bases by value. */
  private static Result numerals(Answer reference, Answer stated) {
    if (reference instanceof Numeral left && stated instanceof Numeral right) {
      return left.value().equals(right.value()) ? Result.EQUAL : Result.DIFFERENT;
    }
    Numeral numeral = (Numeral) (reference instanceof Numeral ? reference : stated);
    Answer other = reference instanceof Numeral ? stated : reference;
    if (!(other instanceof Scalar scalar)) {
      return other instanceof Words words && words.words().equals(numeral.digits())
          ? Result.EQUAL
          : Result.NOT_COMPARABLE;
    }
    boolean decimal = numeral.digits().chars().allMatch(c -> "-.0123456789".indexOf(c) >= 0);
    return decimal
            && scalar.value() instanceof Num num
            && ExprParser.value(numeral.digits().replace("-", ""))
                .equals(num.value().multiply(numeral.digits().startsWith("-") ? -1 : 1))
        ? Result.EQUAL
        : Result.DIFFERENT;
  }

  private Result matrices(Matrix left, Matrix right) {
    boolean alike =
        left.rows().size() == right.rows().size()
            && left.rows().get(0).size() == right.rows().get(0).size();
    Result all = alike ? Result.EQUAL : Result.DIFFERENT;
    for (int i = 0; i < left.rows().size() && all != Result.DIFFERENT; i++) {
      for (int j = 0; j < left.rows().get(i).size() && all != Result.DIFFERENT; j++) {
        all = both(all, expressions(left.rows().get(i).get(j), right.rows().get(i).get(j)));
      }
    }
    return all;
  }

  private Result ratios(Answer reference, Answer stated) {
    List<Expr> left = parts(reference);
    List<Expr> right = parts(stated);
    if (left.isEmpty() || right.isEmpty()) {
      return Result.NOT_COMPARABLE;
    }
    Result all = left.size() == right.size() ? Result.EQUAL : Result.DIFFERENT;
    for (int i = 1; i < left.size() && all != Result.DIFFERENT; i++) {
      Expr one = Exprs.multiply(left.get(0), right.get(i));
      Expr other = Exprs.multiply(left.get(i), right.get(0));
      all = both(all, expressions(one, other));
    }
    return all;
  }

  private static List<Expr> parts(Answer answer) {
    if (answer instanceof Ratio ratio) {
      return ratio.parts();
    }
    return answer instanceof Scalar scalar ? List.of(scalar.value(), Exprs.ONE) : List.of();
  }

  private Result relations(Relation left, Relation right) {
    if (left.signs().size() != right.signs().size()) {
      return Result.DIFFERENT;
    }
    Result forward = links(left, right);
    return forward == Result.EQUAL || left.signs().size() == 1
        ? forward
        : either(forward, links(left, reversed(right)));
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
      all = both(all, link(left, right, i));
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
    boolean ordered = "<≤>≥".contains(sign);
    return Result.valueOf(
        exprs.proportional(one, same ? other : Exprs.negate(other), ordered).name());
  }
}
