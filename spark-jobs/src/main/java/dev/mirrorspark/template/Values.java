package dev.mirrorspark.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;

/**
 * Python's values as Java has them here: {@link String}, {@link Long}, {@link Double}, {@link
 * Boolean}, {@link None}, {@link List} and {@link Tuple}, {@link Map} in the order of its entries.
 */
final class Values {
  private Values() {}

  static boolean truth(Object value) {
    if (value instanceof Boolean b) {
      return b;
    }
    if (value instanceof String s) {
      return !s.isEmpty();
    }
    if (value instanceof Number n) {
      return n.doubleValue() != 0;
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return value != None.NONE && !(value instanceof Missing);
  }

  /** As {@code str}. */
  static String text(Object value) {
    if (value instanceof String s) {
      return s;
    }
    return value instanceof Missing ? "" : shown(value);
  }

  /** As {@code repr}. */
  static String shown(Object value) {
    if (value instanceof String s) {
      return quoted(s);
    }
    if (value instanceof Long) {
      return value.toString();
    }
    if (value instanceof Double d) {
      return number(d);
    }
    if (value instanceof Boolean b) {
      return b ? "True" : "False";
    }
    if (value == None.NONE) {
      return "None";
    }
    if (value instanceof Tuple tuple) {
      return tuple.size() == 1 ? "(" + shown(tuple.get(0)) + ",)" : list(tuple, "(", ")");
    }
    if (value instanceof List<?> list) {
      return list(list, "[", "]");
    }
    if (value instanceof Map<?, ?> map) {
      var joined = new StringJoiner(", ", "{", "}");
      map.forEach((key, item) -> joined.add(shown(key) + ": " + shown(item)));
      return joined.toString();
    }
    if (value instanceof Missing) {
      return "Undefined";
    }
    throw new TemplateError(named(value) + " cannot be written as text");
  }

  private static String list(List<?> list, String open, String close) {
    var joined = new StringJoiner(", ", open, close);
    list.forEach(item -> joined.add(shown(item)));
    return joined.toString();
  }

  /** The shortest decimal that reads as this number, as Python writes it. */
  static String number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    var exact = new BigDecimal(value);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits));
      if (shortest.doubleValue() == value) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return (value < 0 ? "-" : "")
        + digits.charAt(0)
        + fraction
        + "e%c%02d".formatted(exponent < 0 ? '-' : '+', Math.abs(exponent));
  }

  private static String quoted(String text) {
    char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
    var out = new StringBuilder().append(quote);
    for (int c : text.codePoints().toArray()) {
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(quote);
          } else if (printable(c)) {
            out.appendCodePoint(c);
          } else {
            out.append((c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x").formatted(c));
          }
        }
      }
    }
    return out.append(quote).toString();
  }

  private static boolean printable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  static boolean equal(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b) == 0;
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      boolean same = x.size() == y.size() && x instanceof Tuple == y instanceof Tuple;
      for (int i = 0; same && i < x.size(); i++) {
        same = equal(x.get(i), y.get(i));
      }
      return same;
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.keySet().equals(y.keySet())
          && x.entrySet().stream().allMatch(e -> equal(e.getValue(), y.get(e.getKey())));
    }
    return a instanceof Missing && b instanceof Missing || Objects.equals(a, b);
  }

  static boolean isNumber(Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  /** Order of two values as {@code <} has it. */
  static int compare(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return compareTexts(x, y);
    }
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
        if (!equal(x.get(i), y.get(i))) {
          return compare(x.get(i), y.get(i));
        }
      }
      return Integer.compare(x.size(), y.size());
    }
    if (a instanceof Missing u) {
      throw u.error();
    }
    if (b instanceof Missing u) {
      throw u.error();
    }
    throw new TemplateError(named(a) + " and " + named(b) + " have no order");
  }

  private static int compareTexts(String x, String y) {
    return x.chars().anyMatch(c -> c >= 0xd800) || y.chars().anyMatch(c -> c >= 0xd800)
        ? java.util.Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray())
        : x.compareTo(y);
  }

  private static int compareNumbers(Object a, Object b) {
    Number x = Operators.number(a);
    Number y = Operators.number(b);
    return x instanceof Long i && y instanceof Long j
        ? Long.compare(i, j)
        : Comparator.<Double>naturalOrder().compare(x.doubleValue() + 0.0, y.doubleValue() + 0.0);
  }

  /** A Java value from outside as this language has it. */
  static Object of(Object value) {
    if (value == null) {
      return None.NONE;
    }
    if (value instanceof Map<?, ?> map) {
      var copy = new java.util.LinkedHashMap<Object, Object>();
      map.forEach((key, item) -> copy.put(of(key), of(item)));
      return copy;
    }
    if (value instanceof List<?> list) {
      var copy = new ArrayList<Object>();
      list.forEach(item -> copy.add(of(item)));
      return copy;
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    return value instanceof Float f ? (Object) f.doubleValue() : value;
  }

  /** A value's type as a message names it. */
  static String named(Object value) {
    String type = type(value);
    return value == None.NONE ? type : (type.matches("[iu].*") ? "an " : "a ") + type;
  }

  /** Python's name of a value's type. */
  static String type(Object value) {
    if (value instanceof String) {
      return "str";
    }
    if (value instanceof Long) {
      return "int";
    }
    if (value instanceof Double) {
      return "float";
    }
    if (value instanceof Boolean) {
      return "bool";
    }
    if (value == None.NONE) {
      return "None";
    }
    if (value instanceof Tuple) {
      return "tuple";
    }
    if (value instanceof List) {
      return "list";
    }
    if (value instanceof Map) {
      return "dict";
    }
    return value instanceof Missing
        ? "undefined value"
        : value instanceof Generator
            ? "generator"
            : value instanceof Callable ? "function" : "namespace";
  }
}
