package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import dev.mirrorspark.math.Expr.Power;
import dev.mirrorspark.math.Expr.Product;
import dev.mirrorspark.math.Expr.Sum;
import dev.mirrorspark.math.Expr.Sym;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.matheclipse.core.eval.ExprEvaluator;
import org.matheclipse.core.interfaces.IExpr;

/**
 * Decides with Symja, by simplifying the difference, and independently of it by values at random
 * points. Different values at a point decide at once. Where the values agree, a difference that
 * simplifies to zero makes it sure, one that simplifies to another number refutes it, and one that
 * Symja cannot resolve leaves it to the values. Where there are no values either it stays
 * undecided.
 *
 * <p>Runs in the worker process: simplification may take any time and memory.
 */
final class SymbolicEquality implements ExprEquality {
  private final ExactEquality exact = new ExactEquality();
  private final ExprEvaluator symja = new ExprEvaluator(false, (short) 16);
  private boolean simplified;
  private boolean evaluated;

  /**
   * What decided since the last call: {@code exact}, {@code simplification}, {@code evaluation}.
   */
  String decidedBy() {
    String by = evaluated ? "evaluation" : simplified ? "simplification" : "exact";
    simplified = false;
    evaluated = false;
    return by;
  }

  @Override
  public Result same(Expr left, Expr right) {
    Result known = exact.same(left, right);
    if (known != Result.UNDECIDED) {
      return known;
    }
    var values = NumericCheck.same(left, right);
    if (values == NumericCheck.Result.DIFFER) {
      evaluated = true;
      return Result.DIFFERENT;
    }
    String difference =
        "(" + symja(left, names(left, right)) + ")-(" + symja(right, names(left, right)) + ")";
    IExpr simple = simplify(difference);
    if (simple.isZero()) {
      simplified = true;
      return Result.EQUAL;
    }
    if (simple.isRational()) {
      simplified = true;
      return Result.DIFFERENT;
    }
    if (values == NumericCheck.Result.SILENT) {
      return Result.UNDECIDED;
    }
    evaluated = true;
    return Result.EQUAL;
  }

  private IExpr simplify(String difference) {
    IExpr simple = symja.eval("Simplify(" + difference + ")");
    if (!simple.isZero() && !simple.isRational()) {
      simple = symja.eval("FullSimplify(" + difference + ")");
    }
    return simple;
  }

  @Override
  public Result proportional(Expr left, Expr right, boolean positive) {
    if (left.key().equals(right.key())) {
      return Result.EQUAL;
    }
    if (Constants.variables(left, right).isEmpty()) {
      return same(left, right);
    }
    if (left.equals(Exprs.ZERO) || right.equals(Exprs.ZERO)) {
      return Result.DIFFERENT;
    }
    Map<String, String> names = names(left, right);
    if (NumericCheck.proportional(left, right, positive) == NumericCheck.Result.AGREE) {
      evaluated = true;
      IExpr ratio =
          symja.eval("Simplify((" + symja(left, names) + ")/(" + symja(right, names) + "))");
      simplified = ratio.isNumericFunction();
      evaluated = !simplified;
      return Result.EQUAL;
    }
    if (!positive) {
      // y = 1/x and xy = 1: the same after multiplying out the denominators
      String ratio =
          "Simplify(Numerator(Together(%s))/Numerator(Together(%s)))"
              .formatted(symja(left, names), symja(right, names));
      IExpr value = symja.eval(ratio);
      if (value.isNumericFunction() && !value.isZero()) {
        simplified = true;
        return Result.EQUAL;
      }
    }
    evaluated = true;
    return Result.DIFFERENT;
  }

  /** Names that mean nothing to Symja, for the variables. */
  private static Map<String, String> names(Expr left, Expr right) {
    Map<String, String> names = new LinkedHashMap<>();
    for (String variable : Constants.variables(left, right)) {
      names.put(
          variable, "v" + (char) ('a' + names.size() / 26 % 26) + (char) ('a' + names.size() % 26));
    }
    return names;
  }

  private static String symja(Expr expr, Map<String, String> names) {
    if (expr instanceof Num num) {
      return "(" + num.value().getNumerator() + "/" + num.value().getDenominator() + ")";
    }
    if (expr instanceof Sym sym) {
      return switch (sym.name()) {
        case "π" -> "Pi";
        case "e" -> "E";
        case "i" -> "I";
        case "°" -> "(Pi/180)";
        default -> names.getOrDefault(sym.name(), "undefined");
      };
    }
    if (expr instanceof Sum sum) {
      return joined(sum.terms(), "+", names);
    }
    if (expr instanceof Product product) {
      return joined(product.factors(), "*", names);
    }
    if (expr instanceof Power power) {
      return "(" + symja(power.base(), names) + ")^(" + symja(power.exponent(), names) + ")";
    }
    var call = (Call) expr;
    List<String> arguments = new ArrayList<>();
    call.arguments().forEach(argument -> arguments.add(symja(argument, names)));
    return FUNCTIONS.getOrDefault(call.function(), "unknown" + call.function())
        + "("
        + String.join(",", arguments)
        + ")";
  }

  private static String joined(List<Expr> parts, String sign, Map<String, String> names) {
    return parts.stream()
        .map(part -> symja(part, names))
        .collect(Collectors.joining(sign, "(", ")"));
  }

  private static final Map<String, String> FUNCTIONS =
      Map.ofEntries(
          Map.entry("sin", "Sin"),
          Map.entry("cos", "Cos"),
          Map.entry("tan", "Tan"),
          Map.entry("cot", "Cot"),
          Map.entry("sec", "Sec"),
          Map.entry("csc", "Csc"),
          Map.entry("arcsin", "ArcSin"),
          Map.entry("arccos", "ArcCos"),
          Map.entry("arctan", "ArcTan"),
          Map.entry("sinh", "Sinh"),
          Map.entry("cosh", "Cosh"),
          Map.entry("tanh", "Tanh"),
          Map.entry("log", "Log"),
          Map.entry("abs", "Abs"),
          Map.entry("floor", "Floor"),
          Map.entry("ceil", "Ceiling"),
          Map.entry("factorial", "Factorial"),
          Map.entry("binomial", "Binomial"));
}
