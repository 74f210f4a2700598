package dev.mirrorspark.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code tojson} as Transformers has it: Python's {@code json.dumps} with {@code
 * ensure_ascii=False}, the order of keys kept, nothing escaped for HTML.
 */
final class Json {
  private final String indent;
  private final String item;
  private final String colon;
  private final boolean sorted;
  private final boolean ascii;
  private final StringBuilder out = new StringBuilder();

  private Json(Object[] given) {
    ascii = Values.truth(given[0]);
    Object depth = given[1];
    boolean flat = depth instanceof Missing || depth == None.NONE;
    indent =
        flat
            ? ""
            : depth instanceof String s ? s : " ".repeat((int) Methods.whole("tojson", depth, 0));
    if (given[2] instanceof List<?> pair && pair.size() == 2) {
      item = Methods.string("tojson", pair.get(0));
      colon = Methods.string("tojson", pair.get(1));
    } else {
      item = flat ? ", " : ",";
      colon = ": ";
    }
    sorted = Values.truth(given[3]);
    broken = !flat;
  }

  private final boolean broken;

  static String of(Object value, Arguments options) {
    var json =
        new Json(options.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys"));
    json.write(value, 0);
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    if (value instanceof String s) {
      quote(s);
    } else if (value instanceof Map<?, ?> map) {
      var keys = new ArrayList<Object>(map.keySet());
      if (sorted) {
        keys.sort(Values::compare);
      }
      members(
          '{',
          '}',
          keys,
          depth,
          key -> {
            quote(key instanceof String s ? s : key(key));
            out.append(colon);
            write(map.get(key), depth + 1);
          });
    } else if (value instanceof List<?> list) {
      members('[', ']', new ArrayList<Object>(list), depth, each -> write(each, depth + 1));
    } else if (value instanceof Long
        || value instanceof Double
        || value instanceof Boolean
        || value == None.NONE) {
      out.append(key(value));
    } else {
      throw new TemplateError("tojson: " + Values.named(value) + " has no JSON");
    }
  }

  private void members(
      char open, char close, List<Object> all, int depth, java.util.function.Consumer<Object> one) {
    out.append(open);
    for (int i = 0; i < all.size(); i++) {
      out.append(i > 0 ? item : "");
      line(depth + 1);
      one.accept(all.get(i));
    }
    if (!all.isEmpty()) {
      line(depth);
    }
    out.append(close);
  }

  private void line(int depth) {
    if (broken) {
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private static String key(Object value) {
    if (value instanceof Boolean || value == None.NONE) {
      return value == None.NONE ? "null" : value.toString();
    }
    if (value instanceof Double d && (d.isNaN() || d.isInfinite())) {
      return d.isNaN() ? "NaN" : d > 0 ? "Infinity" : "-Infinity";
    }
    return Values.shown(value);
  }

  private void quote(String text) {
    out.append('"');
    for (char c : text.toCharArray()) {
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < ' ' || ascii && c > '~') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
