package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.report.Trick.Sampled;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** False alarms of the tricks on solutions that nobody wrote to cheat, where they lie at hand. */
class TrickRealSolutionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> MODELS =
      List.of("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification");
  private static Path data;

  @BeforeAll
  static void find() {
    data = beside("shared/data").orElse(null);
    if (data == null) {
      System.out.println(
          "TrickRealSolutionsTest skipped: no folder shared/data beside the checkout");
    }
    Assumptions.assumeTrue(data != null, "no folder shared/data beside the checkout");
  }

  @Test
  void gsm8kReferences() throws IOException {
    var alarms = new Alarms();
    for (String file : List.of("gsm8k/train.jsonl", "gsm8k/test.jsonl")) {
      for (JsonNode row : rows(file)) {
        alarms.look(row.get("answer").textValue(), "integer", "");
      }
    }
    alarms.print("GSM8K, reference solutions");
    assertEquals(8792, alarms.looked);
    assertTrue(alarms.total() <= 8792 / 1000, alarms.count.toString());
  }

  @Test
  void gsm8kModels() throws IOException {
    var alarms = new Alarms();
    for (JsonNode row : rows("gsm8k/example_model_solutions.jsonl")) {
      List<String> group = new ArrayList<>();
      MODELS.forEach(
          model ->
              group.add(
                  row.get(model).get("solution").textValue().replaceFirst("(?m)^A: ?", "#### ")));
      double[] reasoning = group.stream().mapToDouble(TrickRealSolutionsTest::reasoning).toArray();
      double[] sorted = reasoning.clone();
      Arrays.sort(sorted);
      for (int i = 0; i < reasoning.length; i++) {
        double median = (sorted[1] + sorted[2]) / 2;
        alarms.look(new Sampled(group.get(i), "integer", "", "", reasoning[i], median, true, ""));
      }
    }
    alarms.print("GSM8K, solutions of four models");
    assertEquals(5276, alarms.looked);
    assertTrue(alarms.total() <= 5276 / 500, alarms.count.toString());
  }

  @Test
  void mathReferences() throws IOException {
    var alarms = new Alarms();
    for (JsonNode row : rows("math/test.jsonl")) {
      alarms.look(row.get("solution").textValue(), "math", "");
    }
    alarms.print("MATH, reference solutions");
    assertEquals(5000, alarms.looked);
    assertTrue(alarms.total() <= 5000 / 100, alarms.count.toString());
  }

  @Test
  void humanEvalReferences() throws IOException {
    var alarms = new Alarms();
    for (JsonNode row : rows("code/HumanEval.jsonl.gz")) {
      String program = row.get("prompt").textValue() + row.get("canonical_solution").textValue();
      alarms.look(program, "code", row.get("test").textValue());
    }
    alarms.print("HumanEval, reference solutions, tests known");
    var blind = new Alarms();
    for (JsonNode row : rows("code/HumanEval.jsonl.gz")) {
      String program = row.get("prompt").textValue() + row.get("canonical_solution").textValue();
      blind.look("```python\n" + program + "```", "text", "");
    }
    blind.print("HumanEval, reference solutions, tests unknown");
    assertEquals(164, alarms.looked);
    assertTrue(alarms.total() <= 1, alarms.count.toString());
    assertTrue(blind.total() <= 2, blind.count.toString());
  }

  /** Counts of flags. */
  private static final class Alarms {
    private final Map<Trick, Integer> count = new EnumMap<>(Trick.class);
    private int looked;

    void look(String response, String answerType, String answer) {
      look(
          new Sampled(
              response,
              answerType,
              answer,
              "",
              reasoning(response),
              reasoning(response),
              true,
              ""));
    }

    void look(Sampled sampled) {
      looked++;
      for (Trick trick : Trick.values()) {
        if (trick.shows(sampled)) {
          count.merge(trick, 1, Integer::sum);
        }
      }
    }

    int total() {
      return count.values().stream().mapToInt(n -> n).sum();
    }

    void print(String what) {
      System.out.println("false alarms, " + what + ": " + count + " of " + looked);
    }
  }

  /** With one word a token. */
  private static double reasoning(String response) {
    return Trick.reasoningTokens(response, response.split("\\s+").length);
  }

  private static List<JsonNode> rows(String file) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    try (InputStream raw = Files.newInputStream(data.resolve(file));
        InputStream in = file.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        rows.add(JSON.readTree(line));
      }
    }
    return rows;
  }

  private static Optional<Path> beside(String folder) {
    for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(folder))) {
        return Optional.of(at.resolve(folder));
      }
    }
    return Optional.empty();
  }
}
