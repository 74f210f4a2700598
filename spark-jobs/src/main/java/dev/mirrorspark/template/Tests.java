package dev.mirrorspark.template;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What stands after {@code is}. */
final class Tests {
  private static final Map<String, String> OPERATORS =
      Map.ofEntries(
          Map.entry("eq", "=="),
          Map.entry("equalto", "=="),
          Map.entry("==", "=="),
          Map.entry("ne", "!="),
          Map.entry("!=", "!="),
          Map.entry("lt", "<"),
          Map.entry("lessthan", "<"),
          Map.entry("<", "<"),
          Map.entry("le", "<="),
          Map.entry("<=", "<="),
          Map.entry("gt", ">"),
          Map.entry("greaterthan", ">"),
          Map.entry(">", ">"),
          Map.entry("ge", ">="),
          Map.entry(">=", ">="),
          Map.entry("in", "in"));
  private static final Set<String> PLAIN =
      Set.of(
          "defined",
          "undefined",
          "none",
          "string",
          "number",
          "integer",
          "float",
          "boolean",
          "true",
          "false",
          "mapping",
          "iterable",
          "sequence",
          "callable",
          "sameas",
          "even",
          "odd",
          "divisibleby",
          "lower",
          "upper",
          "filter",
          "test");

  private Tests() {}

  static boolean has(String name) {
    return PLAIN.contains(name) || OPERATORS.containsKey(name);
  }

  static boolean holds(String name, Object value, Arguments arguments) {
    String callee = "the test '" + name + "'";
    if (OPERATORS.containsKey(name)) {
      arguments.require(callee, 1, 1);
      return Operators.compares(OPERATORS.get(name), value, arguments.positional().get(0));
    }
    if (name.equals("sameas") || name.equals("divisibleby")) {
      arguments.require(callee, 1, 1);
      Object other = arguments.positional().get(0);
      return name.equals("sameas")
          ? value == other || value instanceof Boolean && value.equals(other)
          : Values.equal(Operators.apply("%", value, other), 0L);
    }
    arguments.require(callee, 0, 0);
    return switch (name) {
      case "defined" -> !(value instanceof Missing);
      case "undefined" -> value instanceof Missing;
      case "none" -> value == None.NONE;
      case "string" -> value instanceof String;
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "mapping" -> value instanceof Map;
      case "iterable" -> Items.iterable(value);
      case "sequence" -> Items.iterable(value) && !(value instanceof Generator);
      case "callable" -> value instanceof Callable;
      case "even" -> Values.equal(Operators.apply("%", value, 2L), 0L);
      case "odd" -> Values.equal(Operators.apply("%", value, 2L), 1L);
      case "lower", "upper" ->
          Methods.call(Values.text(value), "is" + name, Arguments.NONE) == (Object) true;
      case "filter" -> Filters.has(Values.text(value));
      default -> has(Values.text(value));
    };
  }

  /** A test given by name as the first of these arguments, the others being its own. */
  static boolean named(Object value, List<Object> arguments) {
    if (arguments.isEmpty()) {
      return Values.truth(value);
    }
    String name = Methods.string("select", arguments.get(0));
    if (!has(name)) {
      throw new TemplateError("there is no test '" + name + "'");
    }
    return holds(name, value, new Arguments(arguments.subList(1, arguments.size()), Map.of()));
  }
}
