package dev.mirrorspark.math;

import dev.mirrorspark.math.Expr.Call;
import dev.mirrorspark.math.Expr.Num;
import java.util.List;
import java.util.Optional;
import org.hipparchus.fraction.BigFraction;

/** The functions that answers use, in one spelling each. */
final class Functions {
  private Functions() {}

  /**
   * A function applied.
   *
   * @param base of a logarithm; {@code \log} without one is to base 10, {@code \ln} to e
   */
  static Expr apply(String name, Optional<Expr> base, Expr argument) {
    if (base.isPresent() && !name.equals("log")) {
      throw new Unreadable("a subscript of " + name);
    }
    return switch (name) {
      case "sqrt" -> Exprs.power(argument, Exprs.HALF);
      case "cbrt" -> Exprs.power(argument, Exprs.divide(Exprs.ONE, Exprs.number(3)));
      case "exp" -> Exprs.power(Exprs.E, argument);
      case "log", "lg" -> logarithm(base.orElse(Exprs.number(10)), argument);
      case "ln" -> argument.equals(Exprs.E) ? Exprs.ONE : logarithm(Exprs.E, argument);
      case "abs" -> absolute(argument);
      case "floor", "ceil" -> rounded(name, argument);
      case "asin" -> new Call("arcsin", List.of(argument));
      case "acos" -> new Call("arccos", List.of(argument));
      case "atan" -> new Call("arctan", List.of(argument));
      case "sin",
          "cos",
          "tan",
          "cot",
          "sec",
          "csc",
          "arcsin",
          "arccos",
          "arctan",
          "arccot",
          "arcsec",
          "arccsc",
          "sinh",
          "cosh",
          "tanh" ->
          new Call(name, List.of(argument));
      default -> throw new Unreadable("the function " + name + " is not known");
    };
  }

  /** A function of several arguments, computed where they are numbers. */
  static Expr apply(String name, List<Expr> arguments) {
    return Rationals.of(name, arguments)
        .map(Exprs::number)
        .orElseGet(() -> new Call(name, arguments));
  }

  private static Expr logarithm(Expr base, Expr argument) {
    if (argument.equals(Exprs.ONE)) {
      return Exprs.ZERO;
    }
    return new Call("log", List.of(base, argument));
  }

  private static Expr absolute(Expr argument) {
    return argument instanceof Num num
        ? Exprs.number(num.value().abs())
        : new Call("abs", List.of(argument));
  }

  private static Expr rounded(String name, Expr argument) {
    if (!(argument instanceof Num num)) {
      return new Call(name, List.of(argument));
    }
    BigFraction value = num.value();
    return Exprs.number(
        name.equals("ceil") ? Rationals.floor(value.negate()).negate() : Rationals.floor(value));
  }
}
