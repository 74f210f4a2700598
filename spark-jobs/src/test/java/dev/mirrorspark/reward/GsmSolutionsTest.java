package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Four models' solutions of GSM8K, labelled by its authors: the verifiers judge them alike. */
class GsmSolutionsTest {
  /** The models end with a line such as {@code A: 18}. */
  private static final AnswerConvention LAST_LINE = AnswerConvention.of("(?m)^A:(.*)$");

  @Test
  void verdictsAgreeWithTheLabels() throws IOException {
    Optional<Path> file = beside("shared/data/gsm8k/example_model_solutions.jsonl");
    if (file.isEmpty()) {
      System.out.println("GsmSolutionsTest skipped: no shared/data/gsm8k beside the checkout");
    }
    Assumptions.assumeTrue(file.isPresent(), "no shared/data/gsm8k beside the checkout");
    var math = new MathVerifier(LAST_LINE, 5);
    var rule = new RuleVerifier(LAST_LINE);
    var mapper = new ObjectMapper();
    int judged = 0;
    int correct = 0;
    List<String> disagreements = new ArrayList<>();
    for (String line : Files.readAllLines(file.get())) {
      JsonNode problem = mapper.readTree(line);
      String answer = LAST_LINE.inBox(problem.get("ground_truth").asText()).orElseThrow();
      for (JsonNode tried : problem) {
        if (!tried.isObject()) {
          continue;
        }
        boolean label = tried.get("is_correct").asBoolean();
        String solution = tried.get("solution").asText();
        judged++;
        correct += label ? 1 : 0;
        Verdict byMath = math.verify(answer, "math", solution);
        Verdict byRule = rule.verify(answer, "integer", solution);
        for (Verdict verdict : List.of(byMath, byRule)) {
          if (!verdict.correct().equals(Optional.of(label))) {
            disagreements.add(answer + ", labelled " + label + ": " + verdict);
          }
        }
      }
    }
    System.out.println(
        "GSM8K: %,d labelled solutions, %,d correct, disagreements: %s"
            .formatted(judged, correct, disagreements));
    assertEquals(5276, judged);
    assertEquals(List.of(), disagreements);
    assertTrue(correct > 2000, correct + " are correct");
  }

  private static Optional<Path> beside(String name) {
    for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(name))) {
        return Optional.of(at.resolve(name));
      }
    }
    return Optional.empty();
  }
}
