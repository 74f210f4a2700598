package dev.mirrorspark.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's operators. */
final class Operators {
  private Operators() {}

  /** A number, {@code True} and {@code False} being 1 and 0. */
  static Number number(Object value) {
    return value instanceof Boolean b ? (b ? 1L : 0L) : (Number) value;
  }

  static Object apply(String operator, Object a, Object b) {
    if (a instanceof Missing u) {
      throw u.error();
    }
    if (b instanceof Missing u) {
      throw u.error();
    }
    if (operator.equals("+")) {
      if (a instanceof String x && b instanceof String y) {
        return x + y;
      }
      if (a instanceof List<?> x
          && b instanceof List<?> y
          && a instanceof Tuple == b instanceof Tuple) {
        var joined = new ArrayList<Object>(x);
        joined.addAll(y);
        return a instanceof Tuple ? new Tuple(joined) : joined;
      }
    }
    if (operator.equals("*") && b instanceof Long times) {
      if (a instanceof String s) {
        return s.repeat((int) Math.max(0, times));
      }
      if (a instanceof List<?> list) {
        var repeated = new ArrayList<Object>();
        Collections.nCopies((int) Math.max(0, times), list).forEach(repeated::addAll);
        return repeated;
      }
    }
    if (operator.equals("*") && a instanceof Long && !Values.isNumber(b)) {
      return apply("*", b, a);
    }
    if (operator.equals("%") && a instanceof String format) {
      return Formats.printf(
          format, b instanceof Tuple t ? Arguments.of(t.toArray()) : Arguments.of(b));
    }
    if (!Values.isNumber(a) || !Values.isNumber(b)) {
      throw new TemplateError(
          "'" + operator + "' does not take " + Values.named(a) + " and " + Values.named(b));
    }
    Number x = number(a);
    Number y = number(b);
    try {
      return x instanceof Long i && y instanceof Long j && !operator.equals("/")
          ? whole(operator, i, j)
          : (Object) real(operator, x.doubleValue(), y.doubleValue());
    } catch (ArithmeticException e) {
      throw new TemplateError("'" + operator + "': " + e.getMessage());
    }
  }

  private static Object whole(String operator, long a, long b) {
    return switch (operator) {
      case "+" -> Math.addExact(a, b);
      case "-" -> Math.subtractExact(a, b);
      case "*" -> Math.multiplyExact(a, b);
      case "//" -> Math.floorDiv(a, b);
      case "%" -> Math.floorMod(a, b);
      default -> b < 0 ? (Object) Math.pow(a, b) : (Object) power(a, b);
    };
  }

  private static long power(long a, long b) {
    long power = 1;
    for (long i = 0; i < b; i++) {
      power = Math.multiplyExact(power, a);
    }
    return power;
  }

  private static double real(String operator, double a, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new ArithmeticException("division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - b * Math.floor(a / b);
      default -> Math.pow(a, b);
    };
  }

  static Object negated(Object value) {
    return apply("-", 0L, value instanceof Double d && d == 0 ? (Object) 0L : value);
  }

  static boolean compares(String operator, Object a, Object b) {
    return switch (operator) {
      case "==" -> Values.equal(a, b);
      case "!=" -> !Values.equal(a, b);
      case "<" -> Values.compare(a, b) < 0;
      case "<=" -> Values.compare(a, b) <= 0;
      case ">" -> Values.compare(a, b) > 0;
      case ">=" -> Values.compare(a, b) >= 0;
      case "in" -> Items.contains(b, a);
      default -> !Items.contains(b, a);
    };
  }
}
