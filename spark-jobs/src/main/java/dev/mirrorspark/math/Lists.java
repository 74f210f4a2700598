package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Many;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Relation;
import dev.mirrorspark.math.Answer.Tuple;
import dev.mirrorspark.math.AnswerEquality.Result;
import dev.mirrorspark.math.Expr.Sym;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Compares lists and sets: each member with one of the other, as often as it is there. */
final class Lists {
  private final AnswerEquality equality;

  Lists(AnswerEquality equality) {
    this.equality = equality;
  }

  Result compare(Answer reference, Answer stated) {
    boolean assigned = isAssignment(reference);
    if (assigned != isAssignment(stated)) {
      Answer other = assigned ? stated : reference;
      List<Answer> values = valuesByName((Many) (assigned ? reference : stated));
      if (other instanceof Many || other instanceof Tuple) {
        List<Answer> others =
            other instanceof Many many ? many.members() : ((Tuple) other).members();
        return assigned ? inOrder(values, others) : inOrder(others, values);
      }
      return Result.DIFFERENT;
    }
    List<Answer> left = reference instanceof Many many ? many.members() : List.of(reference);
    List<Answer> right = stated instanceof Many many ? many.members() : List.of(stated);
    if (reference instanceof Many one
        && stated instanceof Many other
        && one.either() != other.either()
        && (holdInequalities(left) || holdInequalities(right))) {
      return Result.DIFFERENT;
    }
    Result result = matched(left, right);
    if (result == Result.DIFFERENT && (isSet(reference) || isSet(stated))) {
      result = matched(isSet(reference) ? once(left) : left, isSet(stated) ? once(right) : right);
    }
    boolean listAndOther = !(reference instanceof Many) || !(stated instanceof Many);
    boolean structured = AnswerEquality.areStructured(List.of(reference, stated));
    return listAndOther && structured && result != Result.EQUAL ? Result.NOT_COMPARABLE : result;
  }

  private static boolean isSet(Answer answer) {
    return answer instanceof Many many && many.braces();
  }

  private static boolean holdInequalities(List<Answer> members) {
    return members.stream()
        .anyMatch(
            member ->
                member instanceof Named named && RealSets.isSetOfNumbers(named.value())
                    || member instanceof Relation relation && !relation.signs().contains("="));
  }

  /** Whether it gives each of several names a value. */
  private static boolean isAssignment(Answer answer) {
    if (!(answer instanceof Many many) || many.members().size() < 2) {
      return false;
    }
    long names =
        many.members().stream()
            .filter(member -> member instanceof Named)
            .map(member -> ((Named) member).variable().key())
            .distinct()
            .count();
    return names == many.members().size();
  }

  /** In the order of the names, where these are of Latin letters; else as they stand. */
  private static List<Answer> valuesByName(Many many) {
    List<Named> named = new ArrayList<>();
    many.members().forEach(member -> named.add((Named) member));
    boolean latin =
        named.stream()
            .allMatch(
                member ->
                    member.variable() instanceof Sym sym
                        && sym.name().chars().allMatch(c -> c < 128));
    if (latin) {
      named.sort(Comparator.comparing(member -> member.variable().key()));
    }
    return named.stream().map(Named::value).toList();
  }

  /** Each member once. */
  private List<Answer> once(List<Answer> members) {
    List<Answer> once = new ArrayList<>();
    for (Answer member : members) {
      if (once.stream().noneMatch(known -> equality.compare(known, member) == Result.EQUAL)) {
        once.add(member);
      }
    }
    return once;
  }

  /** Equal in any order. */
  Result matched(List<Answer> left, List<Answer> right) {
    if (left.size() != right.size()) {
      return Result.DIFFERENT;
    }
    boolean[] used = new boolean[left.size()];
    Result all = Result.EQUAL;
    for (int i = 0; i < right.size() && all != Result.DIFFERENT; i++) {
      Result found = Result.DIFFERENT;
      // the like place first: most lists are in the same order
      for (int step = 0; step < left.size() && found != Result.EQUAL; step++) {
        int j = (i + step) % left.size();
        if (!used[j]) {
          Result here = equality.compare(left.get(j), right.get(i));
          used[j] = here == Result.EQUAL;
          found = found.or(here);
        }
      }
      all = all.and(found);
    }
    return all;
  }

  Result inOrder(List<Answer> left, List<Answer> right) {
    Result all = Result.of(left.size() == right.size());
    for (int i = 0; i < left.size() && all != Result.DIFFERENT; i++) {
      all = all.and(equality.compare(left.get(i), right.get(i)));
    }
    return all;
  }
}
