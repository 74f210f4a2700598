package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hipparchus.fraction.BigFraction;

/** Multiplies out what a sum is divided by. */
final class Denominators {
  private static final int ROUNDS = 4;

  private Denominators() {}

  /** The sum times the least powers of its denominators, which hold variables. */
  static Expr cleared(Expr expr) {
    Expr cleared = expr;
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, Expr> bases = new HashMap<>();
      Map<String, BigFraction> powers = new HashMap<>();
      for (Expr term : terms(cleared)) {
        for (Expr factor : factors(term)) {
          boolean below =
              factor instanceof Power power
                  && power.exponent() instanceof Num num
                  && num.value().signum() < 0
                  && Rationals.isWhole(num.value())
                  && !Constants.variables(power.base()).isEmpty();
          if (below) {
            var power = (Power) factor;
            bases.put(power.base().key(), power.base());
            powers.merge(
                power.base().key(),
                ((Num) power.exponent()).value().negate(),
                (a, b) -> a.compareTo(b) >= 0 ? a : b);
          }
        }
      }
      if (bases.isEmpty()) {
        return cleared;
      }
      List<Expr> by = new ArrayList<>();
      bases.forEach((key, base) -> by.add(Exprs.power(base, Exprs.number(powers.get(key)))));
      List<Expr> terms = new ArrayList<>();
      for (Expr term : terms(cleared)) {
        List<Expr> factors = new ArrayList<>(by);
        factors.add(term);
        terms.add(Exprs.product(factors));
      }
      cleared = Exprs.sum(terms);
    }
    return cleared;
  }

  private static List<Expr> terms(Expr expr) {
    return expr instanceof Sum sum ? sum.terms() : List.of(expr);
  }

  private static List<Expr> factors(Expr expr) {
    return expr instanceof Product product ? product.factors() : List.of(expr);
  }
}
