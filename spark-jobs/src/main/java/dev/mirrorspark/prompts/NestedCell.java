package dev.mirrorspark.prompts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;

/**
 * A value within a column that holds an object or a list, by its path: {@code
 * reward_model.ground_truth}, {@code messages.1.content}.
 */
final class NestedCell {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private NestedCell() {}

  /** Whether a file with these columns can hold a value of that path. */
  static boolean mayBeIn(Iterable<String> columns, String path) {
    for (String column : columns) {
      if (path.equals(column) || path.startsWith(column + ".")) {
        return true;
      }
    }
    return false;
  }

  /** The value of a path as text; the column of that very name goes before a path. */
  static Optional<String> of(Map<String, String> cells, String path) {
    if (cells.containsKey(path)) {
      return Optional.of(cells.get(path));
    }
    for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      String cell = cells.get(path.substring(0, dot));
      if (cell != null) {
        String rest = pointer(path.substring(dot + 1));
        return json(cell)
            .map(node -> node.at(rest))
            .filter(node -> !node.isMissingNode() && !node.isNull())
            .map(node -> node.isValueNode() ? node.asText() : node.toString());
      }
    }
    return Optional.empty();
  }

  private static String pointer(String path) {
    return "/" + path.replace("~", "~0").replace("/", "~1").replace('.', '/');
  }

  /** The object or list that a cell is. */
  static Optional<JsonNode> json(String cell) {
    String text = cell.strip();
    if (!text.startsWith("{") && !text.startsWith("[")) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(text)).filter(JsonNode::isContainerNode);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
