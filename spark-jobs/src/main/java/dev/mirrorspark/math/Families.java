package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Conditioned;
import dev.mirrorspark.math.Answer.Named;
import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.Expr.Sym;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The letter of a family of answers, as n in 2πn, n ∈ ℤ: which one it is says nothing. */
final class Families {
  private Families() {}

  /** The stated family with the letter of the reference; empty where no letter has to change. */
  static Optional<Conditioned> renamed(Conditioned stated, Answer reference) {
    Answer known = reference instanceof Conditioned conditioned ? conditioned.value() : reference;
    boolean family =
        stated.conditions().size() == 1
            && stated.conditions().get(0) instanceof Named condition
            && condition.variable() instanceof Sym
            && RealSets.isNumbers(condition.value());
    Optional<Expr> said = value(stated.value());
    Optional<Expr> wanted = value(known);
    if (!family || said.isEmpty() || wanted.isEmpty()) {
      return Optional.empty();
    }
    var condition = (Named) stated.conditions().get(0);
    var letter = (Sym) condition.variable();
    Set<String> own = Constants.variables(said.get());
    Set<String> others = Constants.variables(wanted.get());
    if (others.contains(letter.name())) {
      return Optional.empty();
    }
    List<String> missing = others.stream().filter(name -> !own.contains(name)).toList();
    if (missing.size() != 1 || own.size() != others.size()) {
      return Optional.empty();
    }
    var other = new Sym(missing.get(0));
    return Optional.of(
        new Conditioned(
            replaced(stated.value(), letter, other), List.of(new Named(other, condition.value()))));
  }

  private static Optional<Expr> value(Answer answer) {
    if (answer instanceof Named named) {
      return value(named.value());
    }
    return answer instanceof Scalar scalar ? Optional.of(scalar.value()) : Optional.empty();
  }

  private static Answer replaced(Answer answer, Sym letter, Sym by) {
    if (answer instanceof Named named) {
      return new Named(named.variable(), replaced(named.value(), letter, by));
    }
    var scalar = (Scalar) answer;
    return new Scalar(
        Substitution.of(scalar.value(), letter, by), scalar.unit(), scalar.qualifier());
  }
}
