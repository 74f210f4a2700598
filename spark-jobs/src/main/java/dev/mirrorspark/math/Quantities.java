package dev.mirrorspark.math;

import dev.mirrorspark.math.Answer.Scalar;
import dev.mirrorspark.math.AnswerEquality.Result;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Units.Unit;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** Compares numbers and expressions with their units. */
final class Quantities {
  private static final Expr HUNDREDTH = Exprs.number(new BigFraction(1, 100));

  private final ExprEquality exprs;

  Quantities(ExprEquality exprs) {
    this.exprs = exprs;
  }

  Result compare(Scalar reference, Scalar stated) {
    if (!reference.qualifier().equalsIgnoreCase(stated.qualifier())) {
      return Result.DIFFERENT;
    }
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
            left.isPresent() ? QuantityParser.inRadians(reference.value()) : reference.value(),
            right.isPresent() ? QuantityParser.inRadians(stated.value()) : stated.value());
    return plain.or(radians);
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
        : share.or(expressions(percent.value(), other.value()));
  }

  private static Expr inBase(Scalar scalar) {
    return Exprs.multiply(scalar.value(), scalar.unit().orElseThrow().size());
  }

  private Result expressions(Expr left, Expr right) {
    return Result.valueOf(exprs.same(left, right).name());
  }
}
