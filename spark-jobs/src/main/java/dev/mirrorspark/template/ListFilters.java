package dev.mirrorspark.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The filters that go through items. */
final class ListFilters {
  private ListFilters() {}

  static void put(Map<String, Filters.Filter> all) {
    all.put("first", (value, a) -> end(Items.of(value), true));
    all.put("last", (value, a) -> end(Items.of(value), false));
    all.put(
        "reverse",
        (value, a) -> {
          if (value instanceof String s) {
            return new StringBuilder(s).reverse().toString();
          }
          var items = new ArrayList<>(Items.of(value));
          Collections.reverse(items);
          return Generator.of(items);
        });
    all.put("join", (value, a) -> joined(value, a.bind("join", "d", "attribute")));
    all.put("map", ListFilters::mapped);
    all.put("select", (value, a) -> chosen(value, item -> Tests.named(item, a.positional())));
    all.put("reject", (value, a) -> chosen(value, item -> !Tests.named(item, a.positional())));
    all.put("selectattr", (value, a) -> chosen(value, item -> attributed(item, a)));
    all.put("rejectattr", (value, a) -> chosen(value, item -> !attributed(item, a)));
    all.put(
        "sort",
        (value, a) -> sorted(value, a.bind("sort", "reverse", "case_sensitive", "attribute")));
    all.put("unique", (value, a) -> unique(value, a.bind("unique", "case_sensitive", "attribute")));
    all.put("max", (value, a) -> extreme(value, a.bind("max", "case_sensitive", "attribute"), 1));
    all.put("min", (value, a) -> extreme(value, a.bind("min", "case_sensitive", "attribute"), -1));
    all.put("sum", (value, a) -> sum(value, a.bind("sum", "attribute", "start")));
    all.put("batch", (value, a) -> batches(value, a.bind("batch", "linecount", "fill_with")));
    all.put(
        "dictsort",
        (value, a) -> dictsort(value, a.bind("dictsort", "case_sensitive", "by", "reverse")));
  }

  private static Object end(List<Object> items, boolean first) {
    return items.isEmpty()
        ? new Missing("there is no " + (first ? "first" : "last") + " item")
        : items.get(first ? 0 : items.size() - 1);
  }

  private static String joined(Object value, Object[] given) {
    String separator = given[0] instanceof Missing ? "" : Values.text(given[0]);
    var texts = new ArrayList<String>();
    Items.of(value).forEach(item -> texts.add(Values.text(keyed(item, given[1]))));
    return String.join(separator, texts);
  }

  /** An item, or what stands in it under a dotted name if one is given. */
  private static Object keyed(Object item, Object attribute) {
    return keyed(item, attribute, None.NONE);
  }

  private static Object keyed(Object item, Object attribute, Object otherwise) {
    if (attribute instanceof Missing || attribute == None.NONE) {
      return item;
    }
    if (attribute instanceof Long) {
      return Items.at(item, attribute);
    }
    Object found = item;
    for (Object name : Strings.split(Values.text(attribute), ".", -1)) {
      String text = (String) name;
      found = Items.at(found, text.matches("\\d+") ? (Object) Long.parseLong(text) : text);
      if (found instanceof Missing && !(otherwise instanceof Missing) && otherwise != None.NONE) {
        found = otherwise;
      }
    }
    return found;
  }

  private static Object mapped(Object value, Arguments arguments) {
    var mapped = new ArrayList<Object>();
    boolean byAttribute = arguments.positional().isEmpty();
    Object[] given = byAttribute ? arguments.bind("map", "attribute", "default") : new Object[0];
    for (Object item : Items.of(value)) {
      mapped.add(byAttribute ? keyed(item, given[0], given[1]) : Filters.named(item, arguments));
    }
    return Generator.of(mapped);
  }

  private static boolean attributed(Object item, Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw new TemplateError("selectattr: the argument 'attribute' is missing");
    }
    Arguments rest = arguments.rest();
    return Tests.named(keyed(item, arguments.positional().get(0)), rest.positional());
  }

  private static Object chosen(Object value, Predicate<Object> keep) {
    return Generator.of(Items.of(value).stream().filter(keep).toList());
  }

  private static Object folded(Object key, Object caseSensitive) {
    return key instanceof String s && !Values.truth(caseSensitive) ? Strings.lower(s) : key;
  }

  private static Object sorted(Object value, Object[] given) {
    var items = new ArrayList<>(Items.of(value));
    Comparator<Object> order =
        (a, b) ->
            Values.compare(
                folded(keyed(a, given[2]), given[1]), folded(keyed(b, given[2]), given[1]));
    items.sort(Values.truth(given[0]) ? order.reversed() : order);
    return items;
  }

  private static Object unique(Object value, Object[] given) {
    var keys = new ArrayList<Object>();
    return chosen(
        value,
        item -> {
          Object key = folded(keyed(item, given[1]), given[0]);
          return !Items.contains(keys, key) && keys.add(key);
        });
  }

  private static Object extreme(Object value, Object[] given, int sign) {
    Object best = new Missing("there is no item to choose from");
    for (Object item : Items.of(value)) {
      if (best instanceof Missing
          || sign
                  * Values.compare(
                      folded(keyed(item, given[1]), given[0]),
                      folded(keyed(best, given[1]), given[0]))
              > 0) {
        best = item;
      }
    }
    return best;
  }

  private static Object sum(Object value, Object[] given) {
    Object sum = given[1] instanceof Missing ? (Object) 0L : given[1];
    for (Object item : Items.of(value)) {
      sum = Operators.apply("+", sum, keyed(item, given[0]));
    }
    return sum;
  }

  private static Object batches(Object value, Object[] given) {
    int size = (int) Methods.whole("batch", given[0], 0);
    if (size < 1) {
      throw new TemplateError("batch: takes a number of items from 1");
    }
    var batches = new ArrayList<Object>();
    var items = Items.of(value);
    for (int from = 0; from < items.size(); from += size) {
      var batch = new ArrayList<>(items.subList(from, Math.min(from + size, items.size())));
      while (batch.size() < size && !(given[1] instanceof Missing) && given[1] != None.NONE) {
        batch.add(given[1]);
      }
      batches.add(batch);
    }
    return Generator.of(batches);
  }

  private static Object dictsort(Object value, Object[] given) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new TemplateError("dictsort: takes a dict, not " + Values.named(value));
    }
    int by = given[1] instanceof String s && s.equals("value") ? 1 : 0;
    var pairs = new ArrayList<>(Methods.pairs(map));
    Comparator<Object> order =
        (a, b) ->
            Values.compare(
                folded(((Tuple) a).get(by), given[0]), folded(((Tuple) b).get(by), given[0]));
    pairs.sort(Values.truth(given[2]) ? order.reversed() : order);
    return pairs;
  }
}
