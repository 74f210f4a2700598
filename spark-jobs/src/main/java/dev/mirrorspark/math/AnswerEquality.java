package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Approximated;
import dev.mirrorspark.math.Answer.Choice;
import dev.mirrorspark.math.Answer.Clock;
import dev.mirrorspark.math.Answer.Combination;
import dev.mirrorspark.math.Answer.Conditioned;
import dev.mirrorspark.math.Answer.Congruence;
import dev.mirrorspark.math.Answer.Day;
import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Matrix;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Numeral;
import dev.mirrorspark.math.Answer.Ratio;
import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Answer.Words;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Sym;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Compares answers by their structure, and the expressions in them by an {@link ExprEquality}. */
final class AnswerEquality {
  /** What is known of two answers. */
  enum Result {
    EQUAL,
    DIFFERENT,
    NOT_COMPARABLE,
    UNDECIDED;

    static Result of(boolean equal) {
      return equal ? EQUAL : DIFFERENT;
    }

    /** That of two ways, of which one is enough. */
    Result or(Result other) {
      if (this == EQUAL || other == EQUAL) {
        return EQUAL;
      }
      return this == UNDECIDED || other == UNDECIDED ? UNDECIDED : DIFFERENT;
    }

    /** That of two parts, which both have to be equal. */
    Result and(Result other) {
      if (this == EQUAL && other == EQUAL) {
        return EQUAL;
      }
      boolean different = isOther() || other.isOther();
      return different ? DIFFERENT : UNDECIDED;
    }

    private boolean isOther() {
      return this == DIFFERENT || this == NOT_COMPARABLE;
    }
  }

  private final ExprEquality exprs;
  private final Lists lists;
  private final Quantities quantities;

  AnswerEquality(ExprEquality exprs) {
    this.exprs = exprs;
    this.lists = new Lists(this);
    this.quantities = new Quantities(exprs);
  }

  Result compare(Answer reference, Answer stated) {
    if (reference instanceof Choice || stated instanceof Choice) {
      return choices(reference, stated);
    }
    if (reference instanceof Conditioned || stated instanceof Conditioned) {
      return conditioned(reference, stated);
    }
    if (reference instanceof Named || stated instanceof Named) {
      return named(reference, stated);
    }
    if (reference instanceof Approximated known) {
      return compare(known.value(), stated).or(compare(known.approximation(), stated));
    }
    if (stated instanceof Approximated said) {
      return approximated(reference, said);
    }
    if (isSetOnly(reference) || isSetOnly(stated)) {
      return sets(reference, stated);
    }
    if (reference instanceof Scalar left && stated instanceof Scalar right) {
      return quantities.compare(left, right);
    }
    if (reference instanceof Many || stated instanceof Many) {
      return lists.compare(reference, stated);
    }
    if (reference instanceof Numeral || stated instanceof Numeral) {
      return numerals(reference, stated);
    }
    if (reference instanceof Tuple left && stated instanceof Tuple right) {
      boolean alike = left.open() == right.open() && left.close() == right.close();
      return alike ? lists.inOrder(left.members(), right.members()) : Result.DIFFERENT;
    }
    if (reference instanceof Clock || stated instanceof Clock) {
      return clocks(reference, stated);
    }
    if (reference instanceof Day left && stated instanceof Day right) {
      return Result.of(isSameDay(left, right));
    }
    if (reference instanceof Matrix != stated instanceof Matrix) {
      boolean known = reference instanceof Matrix;
      return Matrices.bracketed(known ? stated : reference)
          .map(matrix -> known ? compare(reference, matrix) : compare(matrix, stated))
          .orElse(Result.NOT_COMPARABLE);
    }
    if (reference instanceof Matrix left && stated instanceof Matrix right) {
      return matrices(left, right);
    }
    if (reference instanceof Relation left && stated instanceof Relation right) {
      return new RelationEquality(exprs).compare(left, right);
    }
    if (reference instanceof Congruence left && stated instanceof Congruence right) {
      return congruences(left, right);
    }
    if (reference instanceof Congruence left && stated instanceof Scalar right) {
      return expressions(residue(left), right.value());
    }
    if (reference instanceof Scalar left && stated instanceof Congruence right) {
      return expressions(left.value(), residue(right));
    }
    if (reference instanceof Ratio || stated instanceof Ratio) {
      return ratios(parts(reference), parts(stated));
    }
    if (reference instanceof Words && stated instanceof Words) {
      return Result.of(reference.canonical().equals(stated.canonical()));
    }
    return symbolAsWord(reference, stated) || symbolAsWord(stated, reference)
        ? Result.EQUAL
        : Result.NOT_COMPARABLE;
  }

  private static Expr residue(Congruence of) {
    return Functions.apply("mod", List.of(of.value(), of.modulus()));
  }

  /** By the letters where both show one; else by the value beside it. */
  private Result choices(Answer reference, Answer stated) {
    Optional<String> left = Choice.letterOf(reference);
    Optional<String> right = Choice.letterOf(stated);
    if (left.isPresent() && right.isPresent()) {
      return Result.of(left.get().equals(right.get()));
    }
    Answer one = reference instanceof Choice choice ? choice.value() : reference;
    Answer other = stated instanceof Choice choice ? choice.value() : stated;
    return compare(one, other);
  }

  private Result conditioned(Answer reference, Answer stated) {
    Answer left = reference instanceof Conditioned known ? known.value() : reference;
    Answer right = stated instanceof Conditioned said ? said.value() : stated;
    if (stated instanceof Conditioned family) {
      Optional<Conditioned> renamed = Families.renamed(family, reference);
      if (renamed.isPresent()) {
        return conditioned(reference, renamed.get());
      }
    }
    Result values = compare(left, right);
    boolean both = reference instanceof Conditioned && stated instanceof Conditioned;
    return values == Result.EQUAL && both
        ? lists.matched(((Conditioned) reference).conditions(), ((Conditioned) stated).conditions())
        : values;
  }

  /** An approximation has to be one; the reference may be the exact value or a decimal. */
  private Result approximated(Answer reference, Approximated said) {
    if (said.value() instanceof Scalar exact
        && said.approximation() instanceof Scalar about
        && !exprs.isNear(exact.value(), about.value())) {
      return Result.DIFFERENT;
    }
    boolean whole =
        reference instanceof Scalar scalar
            && scalar.value() instanceof Num num
            && Rationals.isWhole(num.value());
    Result exact = compare(reference, said.value());
    return whole ? exact : exact.or(compare(reference, said.approximation()));
  }

  private static boolean isSetOnly(Answer answer) {
    return answer instanceof Combination || RealSets.isNumbers(answer);
  }

  private Result sets(Answer reference, Answer stated) {
    boolean comparable =
        (isSetOnly(reference) || reference instanceof Tuple || reference instanceof Many)
            && (isSetOnly(stated) || stated instanceof Tuple || stated instanceof Many);
    if (!comparable) {
      return Result.NOT_COMPARABLE;
    }
    if (RealSets.isNumbers(reference) && RealSets.isNumbers(stated)) {
      return Result.of(reference.canonical().equals(stated.canonical()));
    }
    Optional<Boolean> same = exprs.sameSets(reference, stated);
    if (same.isPresent()) {
      return Result.of(same.get());
    }
    if (reference instanceof Combination left && stated instanceof Combination right) {
      if (left.sign() != right.sign() || left.members().size() != right.members().size()) {
        return Result.DIFFERENT;
      }
      return left.sign() == '∖'
          ? lists.inOrder(left.members(), right.members())
          : lists.matched(left.members(), right.members());
    }
    return Result.DIFFERENT;
  }

  /** {@code (\text{E})} and {@code E}. */
  private static boolean symbolAsWord(Answer symbol, Answer word) {
    return symbol instanceof Scalar scalar
        && scalar.value() instanceof Sym sym
        && word instanceof Words words
        && words.words().replaceAll("[()\\s.]", "").equals(sym.name());
  }

  private Result expressions(Expr left, Expr right) {
    return Result.valueOf(exprs.same(left, right).name());
  }

  private Result named(Answer reference, Answer stated) {
    if (reference instanceof Named left && stated instanceof Named right) {
      if (left.variable().key().equals(right.variable().key()) || areWords(left, right)) {
        return compare(left.value(), right.value());
      }
      boolean values = isNumber(left.value()) || isNumber(right.value());
      Optional<Relation> one = equation(left);
      Optional<Relation> other = equation(right);
      return values || one.isEmpty() || other.isEmpty()
          ? Result.DIFFERENT
          : new RelationEquality(exprs).compare(one.get(), other.get());
    }
    Named named = (Named) (reference instanceof Named ? reference : stated);
    Answer other = reference instanceof Named ? stated : reference;
    if (other instanceof Relation relation) {
      Optional<Relation> equation = equation(named);
      return equation.isPresent()
          ? new RelationEquality(exprs).compare(equation.get(), relation)
          : Result.DIFFERENT;
    }
    if (other instanceof Many many && many.members().stream().anyMatch(m -> m instanceof Named)) {
      return lists.compare(reference, stated);
    }
    return reference instanceof Named
        ? compare(named.value(), other)
        : compare(other, named.value());
  }

  /** Whether both names are words, of which one says more: the area, and the area of the circle. */
  private static boolean areWords(Named left, Named right) {
    String one = left.variable().key();
    String other = right.variable().key();
    return one.matches("[a-z]{2}[a-z ]*")
        && other.matches("[a-z]{2}[a-z ]*")
        && (one.contains(other) || other.contains(one));
  }

  private static boolean isNumber(Answer answer) {
    return answer instanceof Scalar scalar && scalar.value() instanceof Num;
  }

  private static Optional<Relation> equation(Named named) {
    return named.value() instanceof Scalar scalar
        ? Optional.of(new Relation(List.of(named.variable(), scalar.value()), List.of("=")))
        : Optional.empty();
  }

  /** To bases by value; a numeral without a base may be the reference's, but not another. */
  private static Result numerals(Answer reference, Answer stated) {
    if (reference instanceof Numeral left && stated instanceof Numeral right) {
      return Result.of(left.value().equals(right.value()));
    }
    if (stated instanceof Numeral right) {
      boolean ten =
          right.base() == 10
              && reference instanceof Scalar scalar
              && scalar.value() instanceof Num num
              && num.value().equals(right.value());
      return ten ? Result.EQUAL : Result.DIFFERENT;
    }
    var numeral = (Numeral) reference;
    if (!(stated instanceof Scalar scalar)) {
      return stated instanceof Words words && words.words().equals(numeral.digits())
          ? Result.EQUAL
          : Result.NOT_COMPARABLE;
    }
    boolean decimal = numeral.digits().chars().allMatch(c -> "-.0123456789".indexOf(c) >= 0);
    return Result.of(
        decimal
            && scalar.value() instanceof Num num
            && Digits.value(numeral.digits().replace("-", ""))
                .equals(num.value().multiply(numeral.digits().startsWith("-") ? -1 : 1)));
  }

  private Result clocks(Answer reference, Answer stated) {
    if (reference instanceof Clock left && stated instanceof Clock right) {
      return Result.of(isSameTime(left, right));
    }
    return ratios(parts(reference), parts(stated));
  }

  private static boolean isSameTime(Clock left, Clock right) {
    boolean minutes = left.minute() == right.minute() && left.second() == right.second();
    if (left.half().isEmpty() == right.half().isEmpty()) {
      return minutes && hour(left) == hour(right);
    }
    boolean written = left.hour() == right.hour();
    return minutes
        && (written || hour(left) == hour(right) && Math.max(left.hour(), right.hour()) > 12);
  }

  private static int hour(Clock clock) {
    return switch (clock.half()) {
      case "am" -> clock.hour() % 12;
      case "pm" -> clock.hour() % 12 + 12;
      default -> clock.hour();
    };
  }

  private static boolean isSameDay(Day left, Day right) {
    boolean years = left.year().isEmpty() || right.year().isEmpty();
    return (years || left.year().equals(right.year())) && inYear(left).equals(inYear(right));
  }

  private static String inYear(Day day) {
    String number = day.day().replaceFirst("^0(?=\\d)", "");
    return day.month().isEmpty() ? number : day.month() + "/" + number;
  }

  private Result matrices(Matrix left, Matrix right) {
    boolean alike =
        left.rows().size() == right.rows().size()
            && left.rows().get(0).size() == right.rows().get(0).size();
    Result all = Result.of(alike);
    for (int i = 0; i < left.rows().size() && all != Result.DIFFERENT; i++) {
      for (int j = 0; j < left.rows().get(i).size() && all != Result.DIFFERENT; j++) {
        all = all.and(expressions(left.rows().get(i).get(j), right.rows().get(i).get(j)));
      }
    }
    return all;
  }

  private Result congruences(Congruence left, Congruence right) {
    Result moduli = expressions(left.modulus(), right.modulus());
    Expr turns = Exprs.divide(Exprs.subtract(left.value(), right.value()), left.modulus());
    return turns instanceof Num num
        ? moduli.and(Result.of(Rationals.isWhole(num.value())))
        : moduli.and(expressions(left.value(), right.value()));
  }

  private Result ratios(List<Expr> left, List<Expr> right) {
    if (left.isEmpty() || right.isEmpty()) {
      return Result.NOT_COMPARABLE;
    }
    Result all = Result.of(left.size() == right.size());
    for (int i = 1; i < left.size() && all != Result.DIFFERENT; i++) {
      Expr one = Exprs.multiply(left.get(0), right.get(i));
      Expr other = Exprs.multiply(left.get(i), right.get(0));
      all = all.and(expressions(one, other));
    }
    return all;
  }

  private static List<Expr> parts(Answer answer) {
    if (answer instanceof Ratio ratio) {
      return ratio.parts();
    }
    if (answer instanceof Clock clock && clock.half().isEmpty()) {
      return List.of(Exprs.number(clock.hour()), Exprs.number(clock.minute()));
    }
    return answer instanceof Scalar scalar && scalar.unit().isEmpty()
        ? List.of(scalar.value(), Exprs.ONE)
        : List.of();
  }

  /** Whether none of the answers is of a kind that makes no list with others. */
  static boolean areStructured(Collection<Answer> answers) {
    return answers.stream()
        .anyMatch(
            answer ->
                answer instanceof Tuple
                    || answer instanceof Combination
                    || answer instanceof Matrix
                    || answer instanceof Relation
                    || answer instanceof Words);
  }
}
