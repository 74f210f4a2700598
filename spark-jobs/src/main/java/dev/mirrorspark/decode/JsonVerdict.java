package dev.mirrorspark.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The verdict at the end of a judge's reply: a JSON object with {@code "correct": true} or {@code
 * false}.
 *
 * <p>Forgiven: text and code fences around it, single quotes, unquoted names, trailing commas,
 * comments, Python's {@code True} and {@code False}, the case of the name. Of several objects the
 * last one counts. Refused, as no vote: no object, one that was cut off, one without the name, with
 * anything but a boolean under it, or with the name twice and different values.
 *
 * @param correct the vote; empty where there is none
 * @param refused why there is none; empty text where there is one
 */
public record JsonVerdict(Optional<Boolean> correct, String refused) {
  private static final String NAME = "correct";

  /** A verdict stands at the end; what lies further back is not read. */
  private static final int END = 2000;

  private static final Pattern PYTHON = Pattern.compile("(?<=[:\\s])(True|False)(?=[\\s,}/#])");

  /** How a JSON object begins, and no set of formulas. */
  private static final Pattern BEGUN = Pattern.compile("\\{\\s*[\"']");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
          .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
          .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .build();

  private static JsonVerdict no(String why) {
    return new JsonVerdict(Optional.empty(), why);
  }

  /** Reads a reply; never throws. */
  public static JsonVerdict of(String reply) {
    String end = reply.substring(Math.max(0, reply.length() - END));
    String text = PYTHON.matcher(end).replaceAll(m -> m.group().toLowerCase(Locale.ROOT));
    JsonVerdict last = no("no JSON object");
    int from = text.indexOf('{');
    while (from >= 0) {
      int to = from + 1;
      try (JsonParser parser = JSON.createParser(text.substring(from))) {
        List<JsonNode> values = values(parser);
        to = from + (int) parser.currentLocation().getCharOffset();
        last = vote(values);
      } catch (IOException | RuntimeException notJson) {
        // Other braces are text, unless they look like a verdict that was cut off or garbled.
        int next = text.indexOf('{', from + 1);
        String span = text.substring(from, next < 0 ? text.length() : next);
        if (BEGUN.matcher(span).lookingAt() || span.toLowerCase(Locale.ROOT).contains(NAME)) {
          last = no("a JSON object that cannot be read");
        }
      }
      from = text.indexOf('{', to);
    }
    return last;
  }

  /** What stands under the name in the object at which the parser is, once for each time. */
  private static List<JsonNode> values(JsonParser parser) throws IOException {
    parser.nextToken();
    List<JsonNode> values = new ArrayList<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      JsonNode value = parser.readValueAsTree();
      if (name.strip().equalsIgnoreCase(NAME)) {
        values.add(value);
      }
    }
    if (parser.currentToken() != JsonToken.END_OBJECT) {
      throw new IOException("cut off");
    }
    return values;
  }

  private static JsonVerdict vote(List<JsonNode> values) {
    Set<JsonNode> different = new HashSet<>(values);
    if (different.isEmpty()) {
      return no("the last JSON object has no \"" + NAME + "\"");
    }
    if (different.size() > 1) {
      return no("contradictory verdicts");
    }
    JsonNode value = values.get(0);
    return value.isBoolean()
        ? new JsonVerdict(Optional.of(value.booleanValue()), "")
        : no("\"" + NAME + "\" is no boolean");
  }
}
