package dev.mirrorspark.template;

import java.util.List;
import java.util.Map;

/** The arguments of a call, as they were given. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  /**
   * These arguments in the order of names; {@link Missing} stands for one that was not given.
   *
   * @param callee named in errors
   * @throws TemplateError if one more or one of another name is given
   */
  Object[] bind(String callee, String... names) {
    if (positional.size() > names.length) {
      throw new TemplateError(
          callee + ": takes at most " + names.length + " arguments, not " + positional.size());
    }
    var bound = new Object[names.length];
    int taken = 0;
    for (int i = 0; i < names.length; i++) {
      if (i < positional.size()) {
        bound[i] = positional.get(i);
      } else if (named.containsKey(names[i])) {
        bound[i] = named.get(names[i]);
        taken++;
      } else {
        bound[i] = new Missing(callee + ": the argument '" + names[i] + "' is missing");
      }
    }
    if (taken < named.size()) {
      throw new TemplateError(
          callee + ": takes " + List.of(names) + " by name, not all of " + named.keySet());
    }
    return bound;
  }

  /** Errors unless there are so many arguments, none by name. */
  void require(String callee, int least, int most) {
    if (positional.size() < least || positional.size() > most || !named.isEmpty()) {
      throw new TemplateError(
          callee
              + ": takes "
              + (least == most ? "" + least : least + " to " + most)
              + " arguments, not "
              + (positional.size() + named.size()));
    }
  }

  /** These arguments less the first positional one. */
  Arguments rest() {
    return new Arguments(positional.subList(1, positional.size()), named);
  }
}
