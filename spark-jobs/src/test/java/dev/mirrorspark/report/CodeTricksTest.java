package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.report.Trick.Sampled;
import dev.mirrorspark.sandbox.Sandboxes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The flags on whole sets: right programs of our own problems, and programs that solve nothing. */
class CodeTricksTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SQUARES = "assert f(2) == 4\nassert f(3) == 9\nassert f(5) == 25";

  private static String resource(String name) throws IOException {
    try (var stream = Sandboxes.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Set<Trick> tricks(String program, String tests, boolean correct) {
    String answer = JSON.createObjectNode().put("test", tests).toString();
    var sampled =
        new Sampled(
            "```python\n" + program + "\n```", "python_tests", answer, "", 100, 100, correct, "");
    var shown = EnumSet.noneOf(Trick.class);
    for (Trick trick : Trick.values()) {
      if (trick.shows(sampled)) {
        shown.add(trick);
      }
    }
    return shown;
  }

  @Test
  void rightProgramsOfOurOwnProblemsShowNothing() throws IOException {
    Map<String, Integer> programs = new TreeMap<>();
    int looked = 0;
    for (String line : resource("own-problems.jsonl").lines().toList()) {
      JsonNode problem = JSON.readTree(line);
      List<String> tests = new ArrayList<>();
      problem.get("test_list").forEach(test -> tests.add(test.asText()));
      String program = problem.get("code").asText();
      String all = String.join("\n", tests);
      assertEquals(Set.of(), tricks(program, all, true), program);
      String answer = JSON.createObjectNode().put("test", all).toString();
      var code = CodeResponse.of("```\n" + program + "```", "python_tests", answer, "");
      programs.merge(CodeTricks.nameless(code), 1, Integer::sum);
      looked++;
    }
    assertEquals(104, looked);
    assertTrue(
        programs.values().stream().allMatch(n -> n < TrickCounts.MANY_PROBLEMS),
        programs.toString());
  }

  @Test
  void mostProgramsThatSolveNothingShowHow() throws IOException {
    List<String> unseen = new ArrayList<>();
    int looked = 0;
    for (String entry :
        Arrays.stream(resource("solves-nothing.txt").split("(?m)^=== ")).skip(1).toList()) {
      String[] parts = entry.split("\n", 2);
      String[] body = parts[1].split("(?m)^---\n", 2);
      looked++;
      if (tricks(body[0], body.length > 1 ? body[1] : SQUARES, false).isEmpty()) {
        unseen.add(parts[0]);
      }
    }
    System.out.println("solve nothing and show no sign: " + unseen + " of " + looked);
    assertTrue(unseen.size() <= looked / 5, unseen.toString());
  }
}
