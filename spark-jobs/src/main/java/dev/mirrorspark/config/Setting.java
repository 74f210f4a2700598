package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;

/**
 * An override: one {@code --set key.path=value}, or what a file sets for several runs.
 *
 * @param where where it was given, for messages
 */
record Setting(String key, JsonNode value, String where) {
  private static final String COMMAND_LINE = "--set";

  /** Whether this setting gives the key, a part of it, or a section around it. */
  boolean concerns(String other) {
    return (key + ".").startsWith(other + ".") || (other + ".").startsWith(key + ".");
  }

  /**
   * Reads {@code key.path=value}: the value is YAML; for a text key, what is not quoted stands as
   * it is.
   *
   * @throws UserError when there is no key, no {@code =}, or the value is no YAML
   */
  static Setting parse(YAMLMapper mapper, Keys keys, String set) {
    int equals = set.indexOf('=');
    String key = set.substring(0, Math.max(0, equals)).strip();
    List<String> path = Keys.split(key);
    if (path.isEmpty() || !path.stream().allMatch(Keys::isName)) {
      throw new UserError(
          "--set: %s is not accepted; accepted: key.path=value, such as train.tau=0.2"
              .formatted(RunText.shown(TextNode.valueOf(set))));
    }
    String raw = set.substring(equals + 1);
    Optional<Type> type = keys.type(path);
    boolean quoted = raw.startsWith("\"") || raw.startsWith("'");
    return new Setting(
        key,
        type.isPresent() && type.get() == String.class && !quoted
            ? TextNode.valueOf(raw)
            : RunText.tree(
                mapper, "--set: %s = %s".formatted(key, RunText.shown(TextNode.valueOf(raw))), raw),
        COMMAND_LINE);
  }

  /**
   * Lays the value over a tree; sections merge, everything else replaces.
   *
   * @throws UserError when an index lies beyond the end of its list
   */
  void applyTo(ObjectNode tree, Keys keys) {
    List<String> path = Keys.split(key);
    JsonNode at = tree;
    for (int i = 0; i < path.size() - 1; i++) {
      JsonNode inner = child(at, path.get(i));
      if (!inner.isContainerNode()) {
        boolean list = keys.type(path.subList(0, i + 1)).map(Keys::isList).orElse(false);
        inner = list ? tree.arrayNode() : tree.objectNode();
        put(at, path.get(i), inner);
      }
      at = inner;
    }
    String last = path.get(path.size() - 1);
    JsonNode copy = value.deepCopy();
    if (child(at, last) instanceof ObjectNode under && copy instanceof ObjectNode over) {
      RunFile.merge(under, over);
    } else {
      put(at, last, copy.isMissingNode() ? tree.nullNode() : copy);
    }
  }

  private JsonNode child(JsonNode parent, String name) {
    return parent instanceof ArrayNode list ? list.path(index(list, name)) : parent.path(name);
  }

  private void put(JsonNode parent, String name, JsonNode child) {
    if (parent instanceof ObjectNode section) {
      section.set(name, child);
      return;
    }
    var list = (ArrayNode) parent;
    if (index(list, name) == list.size()) {
      list.add(child);
    } else {
      list.set(index(list, name), child);
    }
  }

  private int index(ArrayNode list, String name) {
    if (name.matches("\\d{1,9}") && Integer.parseInt(name) <= list.size()) {
      return Integer.parseInt(name);
    }
    throw new UserError(
        "%s: %s = %s: \"%s\" is no index of this list; accepted: a whole number from 0 to %d"
            .formatted(where, key, RunText.shown(value), name, list.size()));
  }
}
