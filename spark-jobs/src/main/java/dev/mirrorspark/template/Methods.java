package dev.mirrorspark.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's texts, lists and dicts that change nothing. */
final class Methods {
  private static final Set<String> OF_TEXT =
      Set.of(
          "strip",
          "lstrip",
          "rstrip",
          "split",
          "rsplit",
          "splitlines",
          "startswith",
          "endswith",
          "upper",
          "lower",
          "title",
          "capitalize",
          "swapcase",
          "casefold",
          "replace",
          "find",
          "rfind",
          "index",
          "rindex",
          "count",
          "join",
          "format",
          "isdigit",
          "isalpha",
          "isalnum",
          "isspace",
          "isupper",
          "islower",
          "isnumeric",
          "isdecimal",
          "zfill",
          "partition",
          "rpartition",
          "removeprefix",
          "removesuffix",
          "center",
          "ljust",
          "rjust");
  private static final Set<String> OF_DICT = Set.of("get", "items", "keys", "values", "copy");
  private static final Set<String> OF_LIST = Set.of("index", "count", "copy");

  private Methods() {}

  static boolean has(Object value, String name) {
    return value instanceof String
        ? OF_TEXT.contains(name)
        : value instanceof Map
            ? OF_DICT.contains(name)
            : value instanceof List && OF_LIST.contains(name);
  }

  static Object call(Object value, String name, Arguments arguments) {
    if (value instanceof String text) {
      return ofText(text, name, arguments);
    }
    return value instanceof Map<?, ?> map
        ? ofDict(map, name, arguments)
        : ofList((List<?>) value, name, arguments);
  }

  private static Object ofDict(Map<?, ?> map, String name, Arguments arguments) {
    if (name.equals("get")) {
      arguments.require("dict.get", 1, 2);
      Object found = map.get(arguments.positional().get(0));
      return found != null
          ? found
          : arguments.positional().size() > 1 ? arguments.positional().get(1) : None.NONE;
    }
    arguments.require("dict." + name, 0, 0);
    return switch (name) {
      case "keys" -> new ArrayList<Object>(map.keySet());
      case "values" -> new ArrayList<Object>(map.values());
      case "items" -> pairs(map);
      default -> map;
    };
  }

  /** The entries of a dict as pairs. */
  static List<Object> pairs(Map<?, ?> map) {
    var pairs = new ArrayList<Object>();
    map.forEach((key, value) -> pairs.add(new Tuple(List.of(key, value))));
    return pairs;
  }

  private static Object ofList(List<?> list, String name, Arguments arguments) {
    if (name.equals("copy")) {
      arguments.require("list.copy", 0, 0);
      return list;
    }
    arguments.require("list." + name, 1, 1);
    Object wanted = arguments.positional().get(0);
    if (name.equals("count")) {
      return list.stream().filter(item -> Values.equal(item, wanted)).count();
    }
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), wanted)) {
        return (long) i;
      }
    }
    throw new TemplateError("list.index: " + Values.shown(wanted) + " is not in the list");
  }

  private static Object ofText(String text, String name, Arguments arguments) {
    String callee = "str." + name;
    return switch (name) {
      case "strip" -> stripped(text, callee, arguments, true, true);
      case "lstrip" -> stripped(text, callee, arguments, true, false);
      case "rstrip" -> stripped(text, callee, arguments, false, true);
      case "split", "rsplit" -> split(text, callee, arguments);
      case "splitlines" -> {
        Object keep = arguments.bind(callee, "keepends")[0];
        yield Strings.lines(text, Values.truth(keep));
      }
      case "startswith", "endswith" -> affixed(text, callee, arguments);
      case "replace" -> {
        Object[] given = arguments.bind(callee, "old", "new", "count");
        yield Strings.replace(
            text, string(callee, given[0]), string(callee, given[1]), whole(callee, given[2], -1));
      }
      case "find", "rfind", "index", "rindex", "count" -> searched(text, name, arguments);
      case "join" -> {
        arguments.require(callee, 1, 1);
        var parts = new ArrayList<String>();
        Items.of(arguments.positional().get(0)).forEach(item -> parts.add(string(callee, item)));
        yield String.join(text, parts);
      }
      case "format" -> Formats.braces(text, arguments);
      case "partition", "rpartition", "removeprefix", "removesuffix" ->
          parted(text, name, string(callee, one(callee, arguments)));
      case "center", "ljust", "rjust", "zfill" -> padded(text, name, arguments);
      default -> {
        arguments.require(callee, 0, 0);
        yield plain(text, name);
      }
    };
  }

  private static Object plain(String text, String name) {
    return switch (name) {
      case "upper" -> Strings.upper(text);
      case "lower", "casefold" -> Strings.lower(text);
      case "title" -> Strings.titled(text);
      case "capitalize" -> Strings.capitalized(text);
      case "swapcase" -> {
        var out = new StringBuilder();
        text.codePoints()
            .mapToObj(Character::toString)
            .forEach(
                c ->
                    out.append(
                        Character.isUpperCase(c.codePointAt(0))
                            ? Strings.lower(c)
                            : Strings.upper(c)));
        yield out.toString();
      }
      case "isdigit", "isdecimal", "isnumeric" -> all(text, Character::isDigit);
      case "isalpha" -> all(text, Character::isLetter);
      case "isalnum" -> all(text, Character::isLetterOrDigit);
      case "isspace" -> all(text, Strings::isSpace);
      default -> {
        boolean wrong =
            text.codePoints()
                .anyMatch(name.equals("isupper") ? Character::isLowerCase : Character::isUpperCase);
        yield !wrong && text.codePoints().anyMatch(Strings::cased);
      }
    };
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static String stripped(
      String text, String callee, Arguments arguments, boolean left, boolean right) {
    arguments.require(callee, 0, 1);
    Object away = arguments.positional().isEmpty() ? None.NONE : arguments.positional().get(0);
    return strip(text, callee, away, left, right);
  }

  /** Strips space, or the characters of a text if one is given. */
  static String strip(String text, String callee, Object away, boolean left, boolean right) {
    if (away == None.NONE || away instanceof Missing) {
      return Strings.strip(text, left, right);
    }
    String characters = string(callee, away);
    return Strings.strip(text, left, right, c -> characters.indexOf(c) >= 0);
  }

  private static List<Object> split(String text, String callee, Arguments arguments) {
    Object[] given = arguments.bind(callee, "sep", "maxsplit");
    long most = whole(callee, given[1], -1);
    boolean right = callee.equals("str.rsplit");
    if (given[0] instanceof Missing || given[0] == None.NONE) {
      return right ? Strings.wordsFromRight(text, most) : Strings.words(text, most);
    }
    String separator = string(callee, given[0]);
    if (separator.isEmpty()) {
      throw new TemplateError(callee + ": the separator is empty");
    }
    return right
        ? Strings.splitFromRight(text, separator, most)
        : Strings.split(text, separator, most);
  }

  private static boolean affixed(String text, String callee, Arguments arguments) {
    Object affix = one(callee, arguments);
    if (affix instanceof Tuple many) {
      return many.stream().anyMatch(each -> affixed(text, callee, Arguments.of(each)));
    }
    String part = string(callee, affix);
    return callee.equals("str.startswith") ? text.startsWith(part) : text.endsWith(part);
  }

  private static Object searched(String text, String name, Arguments arguments) {
    String callee = "str." + name;
    arguments.require(callee, 1, 3);
    var given = arguments.positional();
    String part = string(callee, given.get(0));
    Object from = given.size() > 1 ? given.get(1) : None.NONE;
    Object to = given.size() > 2 ? given.get(2) : None.NONE;
    String within = (String) Items.slice(text, from, to, None.NONE);
    if (name.equals("count")) {
      return part.isEmpty()
          ? Strings.length(within) + 1L
          : Strings.split(within, part, -1).size() - 1L;
    }
    int at = name.startsWith("r") ? within.lastIndexOf(part) : within.indexOf(part);
    if (at < 0) {
      if (name.endsWith("index")) {
        throw new TemplateError(callee + ": the text is not there");
      }
      return -1L;
    }
    String skipped =
        from == None.NONE ? "" : (String) Items.slice(text, None.NONE, from, None.NONE);
    return (long) Strings.length(skipped) + within.codePointCount(0, at);
  }

  private static Object parted(String text, String name, String by) {
    if (name.equals("removeprefix")) {
      return text.startsWith(by) ? text.substring(by.length()) : text;
    }
    if (name.equals("removesuffix")) {
      return text.endsWith(by) ? text.substring(0, text.length() - by.length()) : text;
    }
    boolean right = name.equals("rpartition");
    int at = right ? text.lastIndexOf(by) : text.indexOf(by);
    if (at < 0) {
      return new Tuple(right ? List.of("", "", text) : List.of(text, "", ""));
    }
    return new Tuple(List.of(text.substring(0, at), by, text.substring(at + by.length())));
  }

  private static String padded(String text, String name, Arguments arguments) {
    String callee = "str." + name;
    arguments.require(callee, 1, name.equals("zfill") ? 1 : 2);
    long width = whole(callee, arguments.positional().get(0), 0);
    if (name.equals("zfill")) {
      boolean signed = text.startsWith("-") || text.startsWith("+");
      String digits = text.substring(signed ? 1 : 0);
      return (signed ? text.substring(0, 1) : "")
          + Strings.padded(digits, signed ? width - 1 : width, "0", true, false);
    }
    String fill =
        arguments.positional().size() > 1 ? string(callee, arguments.positional().get(1)) : " ";
    return Strings.padded(text, width, fill, !name.equals("ljust"), !name.equals("rjust"));
  }

  private static Object one(String callee, Arguments arguments) {
    arguments.require(callee, 1, 1);
    return arguments.positional().get(0);
  }

  static String string(String callee, Object value) {
    if (value instanceof Missing u) {
      throw u.error();
    }
    if (value instanceof String text) {
      return text;
    }
    throw new TemplateError(callee + ": takes a str, not " + Values.named(value));
  }

  static long whole(String callee, Object value, long otherwise) {
    if (value instanceof Missing) {
      return otherwise;
    }
    if (value instanceof Long || value instanceof Boolean) {
      return Operators.number(value).longValue();
    }
    throw new TemplateError(callee + ": takes a whole number, not " + Values.named(value));
  }
}
