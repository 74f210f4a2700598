package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which symbols are constants, and which variables an expression holds. */
final class Constants {
  private static final Set<String> NAMES = Set.of("π", "e", "i", "∞", "°");

  private Constants() {}

  static boolean isConstant(Sym sym) {
    return NAMES.contains(sym.name());
  }

  /** The names of an expression's variables, in order. */
  static Set<String> variables(Expr... exprs) {
    Set<String> found = new TreeSet<>();
    for (Expr expr : exprs) {
      collect(expr, found, false);
    }
    return found;
  }

  static boolean holds(Expr expr, Expr.Sym symbol) {
    Set<String> found = new TreeSet<>();
    collect(expr, found, true);
    return found.contains(symbol.name());
  }

  private static void collect(Expr expr, Set<String> found, boolean constants) {
    if (expr instanceof Sym sym) {
      if (constants || !isConstant(sym)) {
        found.add(sym.name());
      }
    } else {
      parts(expr).forEach(part -> collect(part, found, constants));
    }
  }

  /** How many parts an expression has, itself included. */
  static long size(Expr expr) {
    long size = 1;
    for (Expr part : parts(expr)) {
      size += size(part);
    }
    return size;
  }

  /** The expressions that one is made of. */
  static List<Expr> parts(Expr expr) {
    if (expr instanceof Sum sum) {
      return sum.terms();
    }
    if (expr instanceof Product product) {
      return product.factors();
    }
    if (expr instanceof Power power) {
      return List.of(power.base(), power.exponent());
    }
    return expr instanceof Call call ? call.arguments() : List.of();
  }
}
