package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Combination;
import dev.mirrorspark.math.Answer.Conditioned;
import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.Expr.Sym;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Items with what parts them.
 *
 * @param separators one less than the items: a comma, {@code and} or {@code or}
 */
record Listing(List<Answer> items, List<String> separators) {

  /** One answer: a value with its conditions, inequalities put together, or a list. */
  Answer joined(Budget budget) {
    if (items.size() == 1) {
      return items.get(0);
    }
    for (int head = 1; head < items.size(); head++) {
      if (areConditionsFrom(head)) {
        var values = new Listing(items.subList(0, head), separators.subList(0, head - 1));
        return new Conditioned(values.joined(budget), items.subList(head, items.size()));
      }
    }
    return isOneSet() ? set(budget) : new Many(items, false, separators.contains("or"));
  }

  private boolean areConditionsFrom(int head) {
    Set<String> letters = new HashSet<>();
    for (Answer item : items.subList(0, head)) {
      if (isCondition(item)) {
        return false;
      }
      letters.addAll(letters(item));
    }
    return separators.subList(head - 1, separators.size()).stream().noneMatch("or"::equals)
        && items.subList(head, items.size()).stream()
            .allMatch(item -> isCondition(item) && isOf(item, letters));
  }

  private static boolean isCondition(Answer item) {
    if (item instanceof Named named) {
      return RealSets.isSetOfNumbers(named.value());
    }
    return item instanceof Relation relation && relation.signs().stream().noneMatch("="::equals);
  }

  private static boolean isOf(Answer condition, Set<String> letters) {
    Set<String> own =
        condition instanceof Named named
            ? Constants.variables(named.variable())
            : Constants.variables(((Relation) condition).sides().toArray(Expr[]::new));
    return own.stream().anyMatch(letters::contains);
  }

  private static Set<String> letters(Answer item) {
    if (item instanceof Scalar scalar) {
      return Constants.variables(scalar.value());
    }
    if (item instanceof Named named) {
      return letters(named.value());
    }
    Set<String> letters = new HashSet<>();
    if (item instanceof Tuple tuple) {
      tuple.members().forEach(member -> letters.addAll(letters(member)));
    }
    if (item instanceof Relation relation) {
      letters.addAll(Constants.variables(relation.sides().toArray(Expr[]::new)));
    }
    return letters;
  }

  /** Whether all items say in which sets, or at which values, one variable lies. */
  private boolean isOneSet() {
    boolean interval = false;
    for (Answer item : items) {
      if (!(item instanceof Named named)
          || !(named.variable() instanceof Sym)
          || !named.variable().equals(((Named) items.get(0)).variable())) {
        return false;
      }
      interval |= RealSets.isSetOfNumbers(named.value());
    }
    return interval;
  }

  /** With "or" the union, with "and" the intersection, with commas what makes sense. */
  private Answer set(Budget budget) {
    List<Answer> either = new ArrayList<>();
    List<Answer> both = new ArrayList<>(List.of(((Named) items.get(0)).value()));
    for (int i = 0; i < separators.size(); i++) {
      if (separators.get(i).equals("or")) {
        either.add(combined('∩', both));
        both = new ArrayList<>();
      }
      both.add(((Named) items.get(i + 1)).value());
    }
    either.add(combined('∩', both));
    Answer set = combined('∪', either);
    boolean commas = separators.stream().allMatch(","::equals);
    if (commas && RealSets.isSurelyEmpty(set, budget)) {
      // "x < -2, x > 5": nothing is both
      set = combined('∪', both);
    }
    return new Named(((Named) items.get(0)).variable(), set);
  }

  private static Answer combined(char sign, List<Answer> members) {
    return members.size() == 1 ? members.get(0) : new Combination(sign, List.copyOf(members));
  }
}
