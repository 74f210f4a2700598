package dev.mirrorspark.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What stands after {@code |}. */
final class Filters {
  private static final Pattern WORD_BEGIN = Pattern.compile("(?<=[-\\s({\\[<])(?![-\\s({\\[<])");
  private static final Map<String, Filter> ALL = all();

  private Filters() {}

  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments arguments);
  }

  static boolean has(String name) {
    return ALL.containsKey(name);
  }

  static Object apply(String name, Object value, Arguments arguments) {
    return ALL.get(name).apply(value, arguments);
  }

  private static Map<String, Filter> all() {
    var all = new HashMap<String, Filter>();
    texts(all);
    numbers(all);
    all.put("tojson", Json::of);
    all.put("default", Filters::otherwise);
    all.put("d", Filters::otherwise);
    all.put("length", (value, a) -> Items.length(value));
    all.put("count", (value, a) -> Items.length(value));
    all.put("list", (value, a) -> Items.of(value));
    all.put(
        "items", (value, a) -> value instanceof Missing ? Generator.of(List.of()) : pairs(value));
    all.put("attr", (value, a) -> Items.attribute(value, Values.text(a.bind("attr", "name")[0])));
    ListFilters.put(all);
    return Map.copyOf(all);
  }

  private static Object pairs(Object value) {
    if (value instanceof Map<?, ?> map) {
      return Generator.of(Methods.pairs(map));
    }
    throw new TemplateError("items: takes a dict, not " + Values.named(value));
  }

  private static Object otherwise(Object value, Arguments arguments) {
    Object[] given = arguments.bind("default", "default_value", "boolean");
    boolean missing = value instanceof Missing || Values.truth(given[1]) && !Values.truth(value);
    return !missing ? value : given[0] instanceof Missing ? "" : given[0];
  }

  private static void texts(Map<String, Filter> all) {
    all.put("string", (value, a) -> Values.text(value));
    all.put("safe", (value, a) -> Values.text(value));
    all.put("lower", (value, a) -> Strings.lower(Values.text(value)));
    all.put("upper", (value, a) -> Strings.upper(Values.text(value)));
    all.put("capitalize", (value, a) -> Strings.capitalized(Values.text(value)));
    all.put(
        "title",
        (value, a) -> {
          var out = new StringBuilder();
          for (String word : WORD_BEGIN.split(Values.text(value))) {
            out.append(Strings.capitalized(word));
          }
          return out.toString();
        });
    all.put(
        "trim",
        (value, a) ->
            Methods.strip(Values.text(value), "trim", a.bind("trim", "chars")[0], true, true));
    all.put(
        "replace",
        (value, a) -> {
          Object[] given = a.bind("replace", "old", "new", "count");
          return Strings.replace(
              Values.text(value),
              Values.text(given[0]),
              Values.text(given[1]),
              given[2] == None.NONE ? -1 : Methods.whole("replace", given[2], -1));
        });
    all.put(
        "center",
        (value, a) ->
            Strings.padded(
                Values.text(value),
                Methods.whole("center", a.bind("center", "width")[0], 80),
                " ",
                true,
                true));
    all.put("format", (value, a) -> Formats.printf(Values.text(value), a));
    all.put(
        "indent",
        (value, a) -> indented(Values.text(value), a.bind("indent", "width", "first", "blank")));
    all.put("wordcount", (value, a) -> (long) Strings.words(Values.text(value), -1).size());
  }

  private static String indented(String text, Object[] given) {
    String by =
        given[0] instanceof String s ? s : " ".repeat((int) Methods.whole("indent", given[0], 4));
    var lines = Strings.lines(text + "\n", false);
    var out = new StringBuilder(Values.truth(given[1]) ? by : "").append(lines.get(0));
    for (Object line : lines.subList(1, lines.size())) {
      out.append('\n');
      out.append(Values.truth(given[2]) || !"".equals(line) ? by : "").append(line);
    }
    return out.toString();
  }

  private static void numbers(Map<String, Filter> all) {
    all.put(
        "abs",
        (value, a) ->
            Values.compare(value, 0L) < 0 ? Operators.negated(value) : Operators.number(value));
    all.put(
        "int",
        (value, a) -> {
          Object[] given = a.bind("int", "default", "base");
          if (Methods.whole("int", given[1], 10) != 10) {
            throw new TemplateError("int: only the base 10 is known");
          }
          Object number = whole(value);
          return number != None.NONE
              ? number
              : given[0] instanceof Missing ? (Object) 0L : given[0];
        });
    all.put(
        "float",
        (value, a) -> {
          Object otherwise = a.bind("float", "default")[0];
          try {
            return Values.isNumber(value)
                ? Operators.number(value).doubleValue()
                : Double.parseDouble(
                    Strings.strip(Values.text(value), true, true).replace("_", ""));
          } catch (NumberFormatException e) {
            return otherwise instanceof Missing ? (Object) 0.0 : otherwise;
          }
        });
    all.put("round", Filters::rounded);
  }

  /** The whole number that a value is or reads as, cut towards zero; else {@link None}. */
  static Object whole(Object value) {
    if (value instanceof Double d) {
      return d.isNaN() || d.isInfinite() ? None.NONE : (Object) d.longValue();
    }
    if (Values.isNumber(value)) {
      return Operators.number(value);
    }
    String text = Strings.strip(Values.text(value), true, true);
    try {
      return text.matches("[+-]?\\d+(_\\d+)*")
          ? (Object) Long.parseLong(text.replace("_", ""))
          : whole(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return None.NONE;
    }
  }

  private static Object rounded(Object value, Arguments arguments) {
    Object[] given = arguments.bind("round", "precision", "method");
    int digits = (int) Methods.whole("round", given[0], 0);
    String method = given[1] instanceof Missing ? "common" : Values.text(given[1]);
    RoundingMode mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new TemplateError("round: method must be common, ceil or floor");
        };
    if (!Values.isNumber(value)) {
      throw new TemplateError("round: takes a number, not " + Values.named(value));
    }
    Number number = Operators.number(value);
    if (number instanceof Long && method.equals("common")) {
      return new BigDecimal(number.longValue()).setScale(Math.min(digits, 0), mode).longValue();
    }
    return new BigDecimal(number.doubleValue()).setScale(digits, mode).doubleValue();
  }

  /** The arguments with which a filter is applied by {@code map}. */
  static Object named(Object value, Arguments arguments) {
    var given = new ArrayList<>(arguments.positional());
    String name = Methods.string("map", given.get(0));
    if (!has(name)) {
      throw new TemplateError("there is no filter '" + name + "'");
    }
    return apply(name, value, arguments.rest());
  }
}
