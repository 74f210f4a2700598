package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Combination;
import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Expr.Sym;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sets of real numbers by intervals and points. Their ends, in order, cut the line into points and
 * gaps between them; two sets are equal if each of these lies in both or in neither.
 */
final class RealSets {
  private static final int MOST_ENDS = 60;
  private static final Expr LEAST = Exprs.negate(Exprs.INFINITY);

  private final NumericCheck check;
  private final List<Expr> ends = new ArrayList<>();

  private RealSets(NumericCheck check) {
    this.check = check;
  }

  /** Thrown where a set is none of real numbers, or an end has no known place. */
  private static final class NoRealSet extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoRealSet() {
      super("", null, false, false);
    }
  }

  /**
   * Whether an answer is written as a set of numbers: an interval, a combination, ℝ or the like.
   */
  static boolean isSetOfNumbers(Answer answer) {
    return answer instanceof Tuple tuple && tuple.members().size() == 2
        || answer instanceof Combination
        || answer instanceof Many many && many.braces()
        || isNumbers(answer);
  }

  static boolean isNumbers(Answer answer) {
    return answer instanceof Scalar scalar
        && scalar.value() instanceof Sym sym
        && "ℝℤℕℚℂ".contains(sym.name());
  }

  /** Whether two sets are the same; empty where one is no set of real numbers. */
  static Optional<Boolean> same(Answer left, Answer right, NumericCheck check) {
    var sets = new RealSets(check);
    try {
      sets.collect(left);
      sets.collect(right);
      for (int place = 0; place <= 2 * sets.ends.size(); place++) {
        if (sets.holds(left, place) != sets.holds(right, place)) {
          return Optional.of(false);
        }
      }
      return Optional.of(true);
    } catch (NoRealSet e) {
      return Optional.empty();
    }
  }

  static boolean isSurelyEmpty(Answer set, Budget budget) {
    var empty = new Many(List.of(), true, false);
    return same(set, empty, new NumericCheck(budget)).orElse(false);
  }

  private void collect(Answer set) {
    if (set instanceof Tuple tuple && tuple.members().size() == 2) {
      for (Answer member : tuple.members()) {
        Expr end = end(member);
        if (!end.equals(LEAST) && !end.equals(Exprs.INFINITY)) {
          insert(end);
        }
      }
    } else if (set instanceof Combination combination) {
      combination.members().forEach(this::collect);
    } else if (set instanceof Many many) {
      many.members().forEach(member -> insert(end(member)));
    } else if (set instanceof Named named) {
      collect(named.value());
    } else if (!isLine(set)) {
      insert(end(set));
    }
  }

  private static boolean isLine(Answer set) {
    return set instanceof Scalar scalar && scalar.value().equals(new Sym("ℝ"));
  }

  private static Expr end(Answer member) {
    if (!(member instanceof Scalar scalar)
        || !Constants.variables(scalar.value()).isEmpty()
        || scalar.unit().isPresent()) {
      throw new NoRealSet();
    }
    return scalar.value();
  }

  private void insert(Expr end) {
    int at = 0;
    while (at < ends.size()) {
      int sign = sign(end, ends.get(at));
      if (sign == 0) {
        return;
      }
      if (sign < 0) {
        break;
      }
      at++;
    }
    if (ends.size() >= MOST_ENDS) {
      throw new TooLarge("more than " + MOST_ENDS + " ends of intervals");
    }
    ends.add(at, end);
  }

  private int sign(Expr left, Expr right) {
    if (left.equals(right)) {
      return 0;
    }
    if (Constants.holds(left, (Sym) Exprs.INFINITY)) {
      throw new NoRealSet();
    }
    return check.sign(Exprs.subtract(left, right)).orElseThrow(NoRealSet::new);
  }

  /** The place of an end: a point has an odd one. */
  private int place(Expr end) {
    if (end.equals(LEAST)) {
      return -1;
    }
    if (end.equals(Exprs.INFINITY)) {
      return 2 * ends.size() + 1;
    }
    for (int i = 0; i < ends.size(); i++) {
      if (sign(end, ends.get(i)) == 0) {
        return 2 * i + 1;
      }
    }
    throw new NoRealSet();
  }

  private boolean holds(Answer set, int place) {
    if (set instanceof Named named) {
      return holds(named.value(), place);
    }
    if (set instanceof Combination combination) {
      List<Answer> members = combination.members();
      return switch (combination.sign()) {
        case '∪' -> members.stream().anyMatch(member -> holds(member, place));
        case '∩' -> members.stream().allMatch(member -> holds(member, place));
        default ->
            holds(members.get(0), place)
                && members.subList(1, members.size()).stream()
                    .noneMatch(member -> holds(member, place));
      };
    }
    if (set instanceof Tuple tuple) {
      int low = place(end(tuple.members().get(0)));
      int high = place(end(tuple.members().get(1)));
      return place > low && place < high
          || place == low && tuple.open() == '['
          || place == high && tuple.close() == ']';
    }
    if (set instanceof Many many) {
      return many.members().stream().anyMatch(member -> place(end(member)) == place);
    }
    return isLine(set) || place(end(set)) == place;
  }
}
