package dev.mirrorspark.template;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace(...)} makes: variables that an inner scope can change. */
record Namespace(Map<String, Object> values) {
  static Namespace of(Arguments arguments) {
    var values = new LinkedHashMap<String, Object>();
    for (Object given : arguments.positional()) {
      if (!(given instanceof Map<?, ?> map)) {
        throw new TemplateError("namespace: takes a dict and name=value");
      }
      map.forEach((name, value) -> values.put(Values.text(name), value));
    }
    values.putAll(arguments.named());
    return new Namespace(values);
  }
}
