package dev.mirrorspark.loop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The problems of {@code code_contests.json} as the command takes them. That file holds statements
 * and tests, but no solution: those of a few problems are written here, with generators.
 */
public final class ContestProblems {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROGRAMS = "contest-programs.txt";

  /** Words by which a statement says that several outputs are right. */
  private static final Pattern SEVERAL_RIGHT =
      Pattern.compile(
          "(print|output|find|reconstruct) any\\b|choose any of them"
              + "|(several|multiple) (possible |correct )?(answers|solutions)",
          Pattern.CASE_INSENSITIVE);

  private ContestProblems() {}

  /** What is known of a problem: programs by kind (generator, solution, wrong), and its tests. */
  public record Known(String question, Map<String, List<String>> programs, JsonNode tests) {
    /** The programs of a kind. */
    public List<String> of(String kind) {
      return programs.getOrDefault(kind, List.of());
    }
  }

  /**
   * Writes the file.
   *
   * @param data {@code code_contests.json}
   * @return the problems with programs, by their id
   */
  public static Map<String, Known> write(Path data, Path file) throws IOException {
    Map<String, Map<String, List<String>>> byWords = programs();
    Map<String, Known> known = new LinkedHashMap<>();
    var lines = new StringBuilder();
    int number = 0;
    for (JsonNode problem : JSON.readTree(data.toFile())) {
      String statement = problem.get("problem").asText();
      String id = "contest-" + number++;
      var line =
          JSON.createObjectNode()
              .put("id", id)
              .put("question", statement)
              .put("special_judge", SEVERAL_RIGHT.matcher(statement).find());
      ArrayNode submissions = line.putArray("submissions");
      for (var entry : byWords.entrySet()) {
        if (statement.contains(entry.getKey())) {
          var one = new Known(statement, entry.getValue(), problem.get("tests"));
          known.put(id, one);
          one.of("solution").forEach(submissions::add);
          line.put("generator", one.of("generator").get(0));
        }
      }
      lines.append(line).append('\n');
    }
    if (known.size() != byWords.size()) {
      throw new IllegalStateException(
          known.size() + " problems found by the words of " + byWords.size());
    }
    Files.writeString(file, lines);
    return known;
  }

  private static Map<String, Map<String, List<String>>> programs() {
    String text;
    try (var stream = ContestProblems.class.getResourceAsStream(PROGRAMS)) {
      text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Map<String, List<String>>> byWords = new LinkedHashMap<>();
    Map<String, List<String>> current = Map.of();
    for (String section : text.split("(?m)^### ")) {
      int end = section.indexOf('\n');
      String head = section.substring(0, end);
      if (head.startsWith("problem ")) {
        current = new LinkedHashMap<>();
        byWords.put(head.substring("problem ".length()), current);
      } else if (!byWords.isEmpty()) {
        current.computeIfAbsent(head, kind -> new ArrayList<>()).add(section.substring(end + 1));
      }
    }
    return byWords;
  }
}
