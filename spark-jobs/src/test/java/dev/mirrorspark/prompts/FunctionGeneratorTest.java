package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionGeneratorTest {
  private static final Pattern STEP = Pattern.compile("(\\d+)([-+*])(\\d+)=(-?\\d++)(?! wait)");
  private final FunctionGenerator generator = new FunctionGenerator();

  /** The value of a sum of products of numbers and x. */
  private static int evaluate(String expression, int x) {
    return Arrays.stream(expression.replace("-", "+-").split("\\+"))
        .mapToInt(
            term ->
                Arrays.stream(term.split("\\*"))
                    .mapToInt(factor -> factor.equals("x") ? x : Integer.parseInt(factor))
                    .reduce(1, (a, b) -> a * b))
        .sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theExpressionOfASolutionGivesTheExamplesAndTheTests(int level) throws Exception {
    for (int seed = 0; seed < 500; seed++) {
      var rng = new SplittableRandom(seed);
      var problem = generator.problem(level, rng);
      String solution = generator.solve(problem, rng);
      String expression = ProblemGenerator.finalAnswer(solution);
      for (String pair : problem.prompt().replace(">", "").split(",")) {
        int x = Integer.parseInt(pair.split("=")[0]);
        assertEquals(pair, x + "=" + evaluate(expression, x), problem.prompt());
      }
      JsonNode tests = new ObjectMapper().readTree(problem.answer());
      String[] inputs = tests.get("inputs").get(0).asText().split(" ");
      String[] outputs = tests.get("outputs").get(0).asText().split(" ");
      assertEquals(12, inputs.length);
      for (int i = 0; i < inputs.length; i++) {
        assertEquals(outputs[i], "" + evaluate(expression, Integer.parseInt(inputs[i])));
      }
      assertTrue(generator.accepts(problem, expression));
      assertFalse(generator.accepts(problem, expression + "+1"));
      assertTrue(
          (problem.prompt() + solution)
              .chars()
              .allMatch(c -> ProblemGenerator.ALPHABET.indexOf(c) >= 0));
    }
  }

  @Test
  void whatASolutionReckonsAndDoesNotTakeBackIsRight() {
    int steps = 0;
    for (int seed = 0; seed < 500; seed++) {
      var rng = new SplittableRandom(seed);
      String solution = generator.solve(generator.problem(3, rng), rng);
      var matcher = STEP.matcher(solution);
      for (; matcher.find(); steps++) {
        String right = matcher.group(1) + matcher.group(2) + matcher.group(3);
        assertEquals(evaluate(right, 0), Integer.parseInt(matcher.group(4)), solution);
      }
    }
    assertTrue(steps > 1500, "steps: " + steps);
  }

  @Test
  void levelsThatAreNotThereAreRefused() {
    for (int level : new int[] {0, 4}) {
      var error =
          assertThrows(UserError.class, () -> generator.problem(level, new SplittableRandom(1)));
      assertEquals(
          "generator function has no level " + level + ": use levels 1 to 3", error.getMessage());
    }
  }
}
