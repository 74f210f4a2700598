package dev.mirrorspark.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What is asked of values that hold others: items, length, membership, keys, slices. */
final class Items {
  private static final Set<String> CHANGES_LIST =
      Set.of("append", "extend", "insert", "remove", "reverse", "sort", "clear", "pop");
  private static final Set<String> CHANGES_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");

  private Items() {}

  /** The items of a value, in their order: of a dict its keys, of a text its characters. */
  static List<Object> of(Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    if (value instanceof Map<?, ?> map) {
      return new ArrayList<>(map.keySet());
    }
    if (value instanceof String s) {
      var characters = new ArrayList<Object>();
      s.codePoints().forEach(c -> characters.add(Character.toString(c)));
      return characters;
    }
    if (value instanceof Generator generator) {
      var items = new ArrayList<Object>();
      generator.forEach(items::add);
      return items;
    }
    if (value instanceof Missing) {
      return List.of();
    }
    throw new TemplateError(Values.named(value) + " has no items to go through");
  }

  static boolean iterable(Object value) {
    return value instanceof List
        || value instanceof Map
        || value instanceof String
        || value instanceof Generator
        || value instanceof Missing;
  }

  static long length(Object value) {
    if (value instanceof String s) {
      return Strings.length(s);
    }
    if (value instanceof Generator || !iterable(value)) {
      throw new TemplateError(Values.named(value) + " has no length");
    }
    return value instanceof Map<?, ?> map ? map.size() : of(value).size();
  }

  static boolean contains(Object holder, Object item) {
    if (holder instanceof String s) {
      if (item instanceof String part) {
        return s.contains(part);
      }
      throw new TemplateError("'in' of a str takes a str, not " + Values.named(item));
    }
    if (holder instanceof Map<?, ?> map) {
      return map.containsKey(item);
    }
    return of(holder).stream().anyMatch(held -> Values.equal(held, item));
  }

  /** As {@code value[key]}; {@link Missing} where there is none. */
  static Object at(Object value, Object key) {
    if (value instanceof Missing u) {
      throw u.error();
    }
    if (value instanceof Map<?, ?> map && map.containsKey(key)) {
      return map.get(key);
    }
    if (key instanceof Long index && value instanceof List<?> list) {
      long at = index < 0 ? index + list.size() : index;
      if (at >= 0 && at < list.size()) {
        return list.get((int) at);
      }
    }
    if (key instanceof Long index && value instanceof String s) {
      long length = Strings.length(s);
      long at = index < 0 ? index + length : index;
      if (at >= 0 && at < length) {
        return Character.toString(s.codePointAt(s.offsetByCodePoints(0, (int) at)));
      }
    }
    if (key instanceof String name && !(value instanceof Map)) {
      return attribute(value, name);
    }
    return new Missing(Values.named(value) + " has no item " + Values.shown(key));
  }

  /** As {@code value.name}: a method, else an item; {@link Missing} where there is none. */
  static Object attribute(Object value, String name) {
    if (value instanceof Missing u) {
      throw u.error();
    }
    if (value instanceof List && CHANGES_LIST.contains(name)
        || value instanceof Map && CHANGES_DICT.contains(name)) {
      throw new TemplateError("." + name + " would change a value: templates may not");
    }
    if (Methods.has(value, name)) {
      return (Callable) arguments -> Methods.call(value, name, arguments);
    }
    Object found =
        value instanceof Map<?, ?> map
            ? map.get(name)
            : value instanceof Namespace space
                ? space.values().get(name)
                : value instanceof Loop loop ? loop.attribute(name) : null;
    return found != null ? found : new Missing(Values.named(value) + " has no '" + name + "'");
  }

  /** As {@code value[from:to:step]}; {@link None} stands for what is left out. */
  static Object slice(Object value, Object from, Object to, Object step) {
    if (!(value instanceof String) && !(value instanceof List)) {
      if (value instanceof Missing u) {
        throw u.error();
      }
      return new Missing(Values.named(value) + " has no slices");
    }
    int[] characters = value instanceof String s ? s.codePoints().toArray() : new int[0];
    int size = value instanceof List<?> list ? list.size() : characters.length;
    long by = step == None.NONE ? 1 : index(step);
    if (by == 0) {
      throw new TemplateError("the step of a slice cannot be 0");
    }
    long first = bound(from, by > 0 ? 0 : size - 1, size, by);
    long end = bound(to, by > 0 ? size : -1, size, by);
    var chosen = IntStream.builder();
    for (long i = first; by > 0 ? i < end : i > end; i += by) {
      chosen.add((int) i);
    }
    int[] at = chosen.build().toArray();
    if (value instanceof List<?> list) {
      var items = new ArrayList<Object>();
      IntStream.of(at).forEach(i -> items.add(list.get(i)));
      return value instanceof Tuple ? new Tuple(items) : items;
    }
    var text = new StringBuilder();
    IntStream.of(at).forEach(i -> text.appendCodePoint(characters[i]));
    return text.toString();
  }

  private static long bound(Object given, long none, long size, long step) {
    if (given == None.NONE) {
      return none;
    }
    long at = index(given);
    at = at < 0 ? at + size : at;
    return step > 0 ? Math.max(0, Math.min(at, size)) : Math.max(-1, Math.min(at, size - 1));
  }

  private static long index(Object value) {
    if (!(value instanceof Long) && !(value instanceof Boolean)) {
      throw new TemplateError("a slice takes whole numbers, not " + Values.named(value));
    }
    return Operators.number(value).longValue();
  }
}
