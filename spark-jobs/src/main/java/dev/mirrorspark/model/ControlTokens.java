package dev.mirrorspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mirrorspark.config.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The special tokens of a {@code tokenizer.json}, and how a text that only spells one is kept from
 * becoming it: a second tokenizer knows each under another name, so that it finds none in a
 * problem's text and gives every other text the same ids.
 */
final class ControlTokens {
  /** A character that no text has; it breaks what spells a token while a template is rendered. */
  private static final String BREAK = "\ufdd0";

  private static final String QUOTE = "\ufdd1";

  private final Map<String, String> renamed = new LinkedHashMap<>();
  private final Pattern spelled;
  private final boolean always;

  private ControlTokens(List<String> tokens, boolean always) {
    this.always = always;
    List<String> longestFirst = new ArrayList<>(tokens);
    longestFirst.sort(Comparator.comparingInt(String::length).reversed());
    longestFirst.forEach(token -> renamed.put(token, QUOTE + renamed.size() + QUOTE));
    spelled =
        tokens.isEmpty()
            ? Pattern.compile("(?!)")
            : Pattern.compile(
                longestFirst.stream().map(Pattern::quote).collect(Collectors.joining("|")));
  }

  /** Those of a {@code tokenizer.json}: the added tokens that are marked as special. */
  static ControlTokens of(JsonNode tokenizer) {
    var tokens = new ArrayList<String>();
    boolean normalized = false;
    for (JsonNode token : tokenizer.path("added_tokens")) {
      String text = token.path("content").asText();
      if (token.path("special").asBoolean() && !text.isEmpty()) {
        tokens.add(text);
        normalized |= token.path("normalized").asBoolean();
      }
    }
    return new ControlTokens(tokens, normalized && tokenizer.path("normalizer").isObject());
  }

  /** Whether a text may spell one of them. */
  boolean spelledIn(String text) {
    return always || spelled.matcher(text).find();
  }

  /**
   * A text in which none is spelled any more, to be rendered in a template.
   *
   * @throws UserError if it has one of the two characters that are set apart for this
   */
  String broken(String text) {
    requirePlain(text);
    String broken = text;
    while (true) {
      Matcher found = spelled.matcher(broken);
      if (!found.find()) {
        return broken;
      }
      broken =
          found.replaceAll(
              token -> {
                int first = Character.charCount(token.group().codePointAt(0));
                if (first == token.group().length()) {
                  throw new UserError(
                      ("a problem holds \"%s\", a special token of one character, which cannot be"
                              + " kept as text in a chat template; take it out of the problem, or"
                              + " set special: false in tokenizer.json")
                          .formatted(token.group()));
                }
                return Matcher.quoteReplacement(
                    token.group().substring(0, first) + BREAK + token.group().substring(first));
              });
    }
  }

  /** Refuses a text that has a character which is set apart. */
  static void requirePlain(String text) {
    if (text.contains(BREAK) || text.contains(QUOTE)) {
      throw new UserError(
          "a problem holds the characters U+FDD0 or U+FDD1, which stand for no text, beside a"
              + " special token of the tokenizer; take them out of it");
    }
  }

  /** What the second tokenizer takes for a rendered text with broken pieces. */
  String named(String rendered) {
    return spelled
        .matcher(rendered)
        .replaceAll(token -> renamed.get(token.group()))
        .replace(BREAK, "");
  }

  /** The {@code tokenizer.json} of the second tokenizer; every id stays what it was. */
  ObjectNode rename(ObjectNode tokenizer) {
    return (ObjectNode) renamed(tokenizer);
  }

  private JsonNode renamed(JsonNode node) {
    if (node.isTextual()) {
      String name = renamed.get(node.textValue());
      return name == null ? node : TextNode.valueOf(name);
    }
    if (node instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        list.set(i, renamed(list.get(i)));
      }
      return list;
    }
    if (node instanceof ObjectNode fields) {
      ObjectNode copy = JsonFiles.object();
      fields
          .fields()
          .forEachRemaining(
              e ->
                  copy.set(
                      renamed.getOrDefault(e.getKey(), e.getKey()),
                      e.getKey().equals("merges") ? e.getValue() : renamed(e.getValue())));
      return copy;
    }
    return node;
  }
}
