package dev.mirrorspark.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.prompts.RowMapping.BadRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * A prompt that is a list of messages, {@code [{"role": "user", "content": "What is 6*7?"}]}, as
 * verl and TRL keep it. The problem is the text of the user's message; a system message goes before
 * it, parted by an empty line. A conversation of several turns is no problem.
 */
final class MessagePrompt {
  private MessagePrompt() {}

  /**
   * The text of a prompt; a cell that is no list or object is itself the text.
   *
   * @throws BadRow if it is one, but no such list
   */
  static String text(String cell) throws BadRow {
    Optional<JsonNode> json = NestedCell.json(cell).filter(node -> !numbers(node));
    if (json.isEmpty()) {
      return cell;
    }
    List<String> roles = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (JsonNode message : json.get()) {
      JsonNode role = message.path("role");
      if (!json.get().isArray() || !role.isTextual()) {
        throw new BadRow("the prompt is neither text nor a list of messages with role and content");
      }
      roles.add(role.asText());
      texts.add(content(message.path("content")));
    }
    boolean system = roles.equals(List.of("system", "user"));
    if (!system && !roles.equals(List.of("user"))) {
      throw new BadRow(
          "a prompt of messages %s; accepted: one of the user, or of the system and the user"
              .formatted(roles));
    }
    return String.join("\n\n", texts.stream().filter(text -> !text.isBlank()).toList());
  }

  /** A list such as {@code [1, 2]} can be a problem's text. */
  private static boolean numbers(JsonNode node) {
    return node.isArray()
        && StreamSupport.stream(node.spliterator(), false)
            .allMatch(one -> one.isNumber() || numbers(one));
  }

  private static String content(JsonNode content) throws BadRow {
    if (content.isTextual()) {
      return content.asText();
    }
    var text = new StringBuilder();
    for (JsonNode part : content) {
      if (!part.path("type").asText("text").equals("text") || !part.path("text").isTextual()) {
        throw new BadRow("a message that holds something else than text");
      }
      text.append(part.path("text").asText());
    }
    if (!content.isArray()) {
      throw new BadRow("a message without content");
    }
    return text.toString();
  }
}
