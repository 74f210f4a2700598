package dev.mirrorspark.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares this project's chat templates with a reference, {@code
 * src/test/scripts/reference_templates.py}: {@code TemplateComparison TEMPLATES CASES REFERENCE},
 * where REFERENCE holds what the script printed. Where the reference refuses, this must refuse too.
 */
public final class TemplateComparison {
  static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 9, 5, 3);
  private static final ObjectMapper JSON = new ObjectMapper();

  private TemplateComparison() {}

  /** Prints each difference and a summary; exits 1 if there is one. */
  public static void main(String[] args) throws IOException {
    List<Map<String, Object>> cases = cases(Path.of(args[1]));
    int equal = 0;
    int refused = 0;
    var different = new ArrayList<String>();
    for (String line : Files.readAllLines(Path.of(args[2]))) {
      JsonNode row = JSON.readTree(line);
      Path file = Path.of(args[0], row.path("template").asText());
      var expected = Optional.ofNullable(row.path("text").textValue());
      String found;
      boolean same;
      try {
        found =
            Template.parse(Files.readString(file)).render(cases.get(row.path("case").asInt()), NOW);
        same = expected.isPresent() && expected.get().equals(found);
      } catch (TemplateError e) {
        found = "line " + e.line() + ": " + e.getMessage();
        same = expected.isEmpty();
        refused += same ? 1 : 0;
      }
      equal += same ? 1 : 0;
      if (!same) {
        different.add(line + "\n  here: " + JSON.writeValueAsString(found));
      }
    }
    different.forEach(System.out::println);
    System.out.println(
        equal + " equal (" + refused + " refused by both), " + different.size() + " different");
    System.exit(different.isEmpty() ? 0 : 1);
  }

  /** The variables of each case. */
  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> cases(Path file) throws IOException {
    var cases = new ArrayList<Map<String, Object>>();
    for (JsonNode one : JSON.readTree(Files.readString(file))) {
      cases.add(JSON.convertValue(one, Map.class));
    }
    return cases;
  }
}
