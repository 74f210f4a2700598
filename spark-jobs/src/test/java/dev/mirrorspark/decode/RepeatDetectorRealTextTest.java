package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.prompts.ChainGenerator;
import dev.mirrorspark.prompts.ProblemGenerator;
import dev.mirrorspark.prompts.SearchGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** False alarms on solutions: people's, where the data lie at hand, and the generators'. */
class RepeatDetectorRealTextTest {

  /** Two of 8,792 end in more than 64 blanks; by words there is nothing. */
  @Test
  void gsm8k() throws IOException {
    var solutions = solutions("gsm8k/train.jsonl", "answer");
    solutions.addAll(solutions("gsm8k/test.jsonl", "answer"));
    assertEquals(8792, solutions.size());
    assertEquals(0, alarms(solutions, "words", 64));
    assertEquals(0, alarms(solutions, "characters", 96));
    // two hold a run of more than 64 blanks
    solutions.replaceAll(solution -> solution.replaceAll(" {40,}", " "));
    assertEquals(0, alarms(solutions, "characters", 64));
  }

  /** One of 5,000 adds up equal fractions: x³ + x/3 + … + x/3 + 1/(9x) + … + 1/(9x). */
  @Test
  void math() throws IOException {
    var solutions = solutions("math/test.jsonl", "solution");
    assertEquals(5000, solutions.size());
    assertTrue(alarms(solutions, "words", 64) <= 1);
    assertTrue(alarms(solutions, "characters", 64) <= 1);
    assertEquals(0, alarms(solutions, "characters", 128));
  }

  @Test
  void solutionsOfTheGenerators() {
    List<String> solutions = new ArrayList<>();
    for (ProblemGenerator generator : List.of(new ChainGenerator(), new SearchGenerator())) {
      var random = new SplittableRandom(3);
      for (int i = 0; i < 500; i++) {
        int level = generator instanceof ChainGenerator ? 5 + i % 6 : 3 + i % 2;
        solutions.add(generator.solve(generator.problem(level, random), random));
      }
    }
    assertEquals(0, alarms(solutions, "characters", 32));
  }

  private static long alarms(List<String> texts, String tokenizer, int threshold) {
    var tokens = LoopTexts.TOKENIZERS.get(tokenizer);
    return texts.stream()
        .filter(text -> LoopTexts.firesAfter(tokens.apply(text), threshold) >= 0)
        .count();
  }

  private static List<String> solutions(String file, String field) throws IOException {
    var data = beside("shared/data");
    if (data.isEmpty()) {
      System.out.println("RepeatDetectorRealTextTest skipped: no folder shared/data beside");
    }
    Assumptions.assumeTrue(data.isPresent(), "no folder shared/data beside the checkout");
    var mapper = new ObjectMapper();
    List<String> solutions = new ArrayList<>();
    for (String line : Files.readAllLines(data.get().resolve(file))) {
      solutions.add(mapper.readTree(line).get(field).asText());
    }
    return solutions;
  }

  /** A folder in the working folder or in one above it. */
  private static Optional<Path> beside(String name) {
    for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(name))) {
        return Optional.of(at.resolve(name));
      }
    }
    return Optional.empty();
  }
}
