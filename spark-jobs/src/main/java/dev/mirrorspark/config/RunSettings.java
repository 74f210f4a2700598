package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The sections {@code set} of a file that describes several runs: keys of the run file, written
 * {@code a.b: 1} or {@code a: {b: 1}}.
 *
 * @param text the file
 * @param overrides of the file, from the command line
 */
record RunSettings(RunText text, List<Setting> overrides) {

  /** The settings of a section of the file, each with the place where it is given. */
  List<Setting> of(String section, Map<String, JsonNode> set) {
    List<Setting> settings = new ArrayList<>();
    var tree = JsonNodeFactory.instance.objectNode();
    tree.setAll(set);
    flatten(section, "", tree, settings);
    return settings;
  }

  private void flatten(String section, String prefix, ObjectNode tree, List<Setting> settings) {
    for (var entry : tree.properties()) {
      String key = prefix + entry.getKey();
      if (entry.getValue() instanceof ObjectNode inner && !inner.isEmpty()) {
        flatten(section, key + ".", inner, settings);
      } else {
        settings.add(new Setting(key, entry.getValue(), where(section + "." + key)));
      }
    }
  }

  private String where(String key) {
    return overrides.stream()
        .filter(override -> override.concerns(key))
        .reduce((earlier, later) -> later)
        .map(Setting::where)
        .orElseGet(() -> text.where(key));
  }

  /** A setting that the file as a whole gives. */
  Setting given(String key, JsonNode value) {
    return new Setting(key, value, text.source());
  }

  /**
   * Refuses keys that a section may not set.
   *
   * @throws UserError for the first of them
   */
  static void refuse(List<Setting> settings, List<String> keys, String mend) {
    for (var setting : settings) {
      for (String key : keys) {
        if (within(setting, key)) {
          throw new UserError(
              "%s: %s = %s is not accepted here: %s"
                  .formatted(setting.where(), setting.key(), RunText.shown(setting.value()), mend));
        }
      }
    }
  }

  /** Whether a setting gives the key or a part of it. */
  static boolean within(Setting setting, String key) {
    return setting.key().equals(key) || setting.key().startsWith(key + ".");
  }

  /** Nests the section {@code set} of a part of the file. */
  static void nest(JsonNode part) {
    if (part instanceof ObjectNode section && section.get("set") instanceof ObjectNode set) {
      section.set("set", nested(set));
    }
  }

  /** The section with {@code a.b: 1} written as {@code a: {b: 1}}. */
  private static ObjectNode nested(ObjectNode section) {
    var nested = JsonNodeFactory.instance.objectNode();
    for (var entry : section.properties()) {
      JsonNode value =
          entry.getValue() instanceof ObjectNode inner ? nested(inner) : entry.getValue();
      List<String> path = Keys.split(entry.getKey());
      for (int i = path.size() - 1; i > 0; i--) {
        value = JsonNodeFactory.instance.objectNode().set(path.get(i), value);
      }
      RunFile.merge(nested, JsonNodeFactory.instance.objectNode().set(path.get(0), value));
    }
    return nested;
  }
}
