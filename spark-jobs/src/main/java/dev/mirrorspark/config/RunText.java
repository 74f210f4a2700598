package dev.mirrorspark.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * The YAML of a run file, not yet bound: its tree, and the line of every key for messages.
 *
 * @param source what messages call the text, such as the file's path
 * @param tree the top-level section; empty for an empty text
 * @param lines line, counted from 1, of each dotted key
 */
record RunText(String source, ObjectNode tree, Map<String, Integer> lines) {

  /**
   * Reads one YAML document.
   *
   * @throws UserError when it is no YAML, gives a key twice, uses aliases, holds a second document,
   *     or is no section
   */
  static RunText parse(YAMLMapper mapper, String source, String yaml) {
    return parse(mapper, source, yaml, section -> false);
  }

  /**
   * As the other one.
   *
   * @param dotted the sections in which a key may be dotted ({@code train.tau: 1}), which is short
   *     for a section and its key
   */
  static RunText parse(YAMLMapper mapper, String source, String yaml, Predicate<String> dotted) {
    Map<String, Integer> lines = lines(mapper, source, yaml, dotted);
    JsonNode tree = tree(mapper, source, yaml);
    if (tree.isMissingNode() || tree.isNull()) {
      return new RunText(source, mapper.createObjectNode(), lines);
    }
    if (tree instanceof ObjectNode section) {
      return new RunText(source, section, lines);
    }
    throw new UserError(
        "%s: the top level is %s; accepted: key: value lines, such as seed: 1"
            .formatted(source, shown(tree)));
  }

  /** Reads one YAML value; a missing node for an empty text. */
  static JsonNode tree(YAMLMapper mapper, String source, String yaml) {
    try {
      return mapper.readTree(yaml);
    } catch (MismatchedInputException trailing) {
      throw new UserError(
          "%s: a second YAML document begins (---); accepted: one".formatted(source), trailing);
    } catch (JsonProcessingException fault) {
      throw broken(source, fault);
    }
  }

  /** The source, with the line of the key or of the innermost section around it. */
  String where(String key) {
    for (String at = key; !at.isEmpty(); at = at.substring(0, Math.max(0, at.lastIndexOf('.')))) {
      if (lines.containsKey(at)) {
        return source + ", line " + lines.get(at);
      }
    }
    return source;
  }

  /** Whether the text gives the key. */
  boolean gives(String key) {
    return lines.containsKey(key);
  }

  /** A value as one short line. */
  static String shown(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return "nothing";
    }
    String line = value.toString();
    return line.length() <= 80 ? line : line.substring(0, 79) + "…";
  }

  private static Map<String, Integer> lines(
      YAMLMapper mapper, String source, String yaml, Predicate<String> dotted) {
    Map<String, Integer> lines = new LinkedHashMap<>();
    try (YAMLParser parser = mapper.getFactory().createParser(yaml)) {
      for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
        int line = parser.currentTokenLocation().getLineNr();
        if (parser.isCurrentAlias()) {
          throw new UserError(
              "%s, line %d: *%s is an alias; accepted: the value itself"
                  .formatted(source, line, parser.getText()));
        }
        if (token == JsonToken.FIELD_NAME) {
          String key = key(parser);
          if (!isKey(key, parser.currentName(), dotted)) {
            throw new UserError(
                "%s, line %d: %s is no key; accepted: a name, such as tau, under its section"
                    .formatted(source, line, shown(TextNode.valueOf(parser.currentName()))));
          }
          // Jackson finds what is given twice, but not once dotted and once in its section.
          if (lines.put(key, line) != null && dotted.test(section(key, parser.currentName()))) {
            throw new UserError(
                "%s, line %d: %s is given twice; keep one".formatted(source, line, key));
          }
        }
      }
      return lines;
    } catch (JsonProcessingException fault) {
      throw broken(source, fault);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static boolean isKey(String key, String name, Predicate<String> dotted) {
    return Keys.isName(name)
        || dotted.test(section(key, name)) && Keys.split(name).stream().allMatch(Keys::isName);
  }

  private static String section(String key, String name) {
    return key.substring(0, Math.max(0, key.length() - name.length() - 1));
  }

  private static UserError broken(String source, JsonProcessingException fault) {
    if (fault.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      Mark at = marked.getProblemMark();
      return broken(source, at.getLine() + 1, at.getColumn() + 1, marked.getProblem(), fault);
    }
    JsonLocation at = fault.getLocation() == null ? JsonLocation.NA : fault.getLocation();
    if (fault.getProcessor() instanceof JsonParser parser
        && fault.getOriginalMessage().startsWith("Duplicate field")) {
      return new UserError(
          "%s, line %d, column %d: %s is given twice; keep one"
              .formatted(source, at.getLineNr(), at.getColumnNr(), key(parser)),
          fault);
    }
    return broken(source, at.getLineNr(), at.getColumnNr(), fault.getOriginalMessage(), fault);
  }

  private static UserError broken(
      String source, int line, int column, String problem, JsonProcessingException fault) {
    return new UserError(
        "%s, line %d, column %d: not YAML: %s; accepted: key: value lines, indented by spaces"
            .formatted(source, line, column, problem.strip().replaceAll("\\s*\\R\\s*", ", ")),
        fault);
  }

  private static String key(JsonParser parser) {
    return parser.getParsingContext().pathAsPointer().toString().substring(1).replace('/', '.');
  }
}
