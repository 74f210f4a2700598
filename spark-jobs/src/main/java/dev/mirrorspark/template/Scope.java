package dev.mirrorspark.template;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The variables of a loop's turn, a macro's call or the whole template, over those around it. */
final class Scope {
  private final Map<String, Object> own = new HashMap<>();
  private final Optional<Scope> around;

  Scope(Map<String, Object> variables) {
    own.putAll(variables);
    around = Optional.empty();
  }

  private Scope(Scope around) {
    this.around = Optional.of(around);
  }

  /** A scope inside this one: what is set there is not seen here. */
  Scope inner() {
    return new Scope(this);
  }

  Object get(String name) {
    for (Scope scope = this; ; scope = scope.around.get()) {
      Object found = scope.own.get(name);
      if (found != null) {
        return found;
      }
      if (scope.around.isEmpty()) {
        return new Missing("'" + name + "' is undefined");
      }
    }
  }

  void set(String name, Object value) {
    own.put(name, value);
  }
}
