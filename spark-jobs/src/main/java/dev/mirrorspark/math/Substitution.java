package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.util.List;
import java.util.Optional;

/** Puts a value in the place of a symbol. */
final class Substitution {
  private Substitution() {}

  static Expr of(Expr in, Sym symbol, Expr value) {
    if (in.equals(symbol)) {
      return value;
    }
    if (in instanceof Sum sum) {
      return Exprs.sum(all(sum.terms(), symbol, value));
    }
    if (in instanceof Product product) {
      return Exprs.product(all(product.factors(), symbol, value));
    }
    if (in instanceof Power power) {
      return Exprs.power(of(power.base(), symbol, value), of(power.exponent(), symbol, value));
    }
    if (!(in instanceof Call call)) {
      return in;
    }
    List<Expr> arguments = all(call.arguments(), symbol, value);
    return switch (call.function()) {
      case "log" -> Functions.apply("log", Optional.of(arguments.get(0)), arguments.get(1));
      case "factorial" -> Exprs.factorial(arguments.get(0));
      case "binomial" -> Exprs.binomial(arguments.get(0), arguments.get(1));
      case "abs", "floor", "ceil" ->
          Functions.apply(call.function(), Optional.empty(), arguments.get(0));
      default -> new Call(call.function(), arguments);
    };
  }

  private static List<Expr> all(List<Expr> in, Sym symbol, Expr value) {
    return in.stream().map(part -> of(part, symbol, value)).toList();
  }
}
