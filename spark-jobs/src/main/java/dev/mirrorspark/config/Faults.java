package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The one-line messages on the keys of a file: where the key was given, the key, its value, what is
 * accepted.
 *
 * @param keys the keys that there are
 * @param text the user's file
 * @param settings the overrides, such as those of the command line
 * @param tree the values, after all overrides
 */
record Faults(Keys keys, RunText text, List<Setting> settings, ObjectNode tree) {

  /** A key that no record has. */
  UserError unknown(String key) {
    int dot = key.lastIndexOf('.');
    String section = key.substring(0, Math.max(0, dot));
    List<String> known = new ArrayList<>();
    List<String> siblings = Keys.names(keys.type(Keys.split(section)).orElseThrow());
    siblings.forEach(name -> known.add(section.isEmpty() ? name : section + "." + name));
    known.addAll(keys.below(""));
    Optional<String> nearest = NearestKey.find(key, known);
    return new UserError(
        "%s: %s = %s: no such key; %saccepted %s: %s"
            .formatted(
                where(key),
                key,
                RunText.shown(value(key)),
                nearest.map(name -> "did you mean " + name + "? ").orElse(""),
                section.isEmpty() ? "at the top level" : "in " + section,
                String.join(", ", siblings)));
  }

  /** A value that does not fit the type of its key, or a required key that is missing. */
  UserError wrongType(String key) {
    if (value(key).isMissingNode()) {
      String section = key.substring(0, Math.max(0, key.lastIndexOf('.')));
      List<String> known = Keys.names(keys.type(Keys.split(section)).orElseThrow());
      for (var names = value(section).fieldNames(); names.hasNext(); ) {
        String name = names.next();
        if (!known.contains(name)) {
          return unknown(section.isEmpty() ? name : section + "." + name);
        }
      }
    }
    return notAccepted(key, keys.type(Keys.split(key)).map(Keys::accepted).orElseThrow());
  }

  /** A value outside what is accepted at its key. */
  UserError notAccepted(String key, String accepted) {
    JsonNode value = value(key);
    return new UserError(
        value.isMissingNode()
            ? "%s: %s is missing; accepted: %s".formatted(where(key), key, accepted)
            : "%s: %s = %s is not accepted; accepted: %s"
                .formatted(
                    where(key),
                    key,
                    RunText.shown(value) + (given(key) ? "" : " (the default)"),
                    accepted));
  }

  private boolean given(String key) {
    return text.gives(key) || text.gives(key.replaceFirst("\\.\\d+$", "")) || set(key);
  }

  private boolean set(String key) {
    return settings.stream().anyMatch(setting -> setting.concerns(key));
  }

  private String where(String key) {
    return settings.stream()
        .filter(setting -> setting.concerns(key))
        .reduce((earlier, later) -> later)
        .map(Setting::where)
        .orElseGet(() -> text.where(key));
  }

  private JsonNode value(String key) {
    JsonNode at = tree;
    for (String name : Keys.split(key)) {
      at = at.isArray() ? at.path(Integer.parseInt(name)) : at.path(name);
    }
    return at;
  }
}
