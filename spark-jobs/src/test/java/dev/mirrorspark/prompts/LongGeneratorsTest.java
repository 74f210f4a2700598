package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Problems that need length: in the solution, or in what is read. */
class LongGeneratorsTest {
  private final AutomatonGenerator automaton = new AutomatonGenerator();

  /** After n steps digit i is Σ over j of C(n, j) · digit i + j of the ring, modulo 10. */
  @Test
  void theRingIsTheBinomialSum() {
    for (int level = 1; level <= 40; level++) {
      var problem = automaton.problem(level, new SplittableRandom(level));
      String ring = problem.prompt().split(" ")[1];
      long[] row = {1};
      for (int n = 1; n <= level; n++) {
        long[] next = new long[n + 1];
        for (int j = 0; j <= n; j++) {
          next[j] = ((j < n ? row[j] : 0) + (j > 0 ? row[j - 1] : 0)) % 10;
        }
        row = next;
      }
      var expected = new StringBuilder();
      for (int i = 0; i < ring.length(); i++) {
        long sum = 0;
        for (int j = 0; j <= level; j++) {
          sum += row[j] * (ring.charAt((i + j) % ring.length()) - '0');
        }
        expected.append(sum % 10);
      }
      assertEquals(expected.toString(), problem.answer(), problem.prompt());
      String solution = automaton.solve(problem, new SplittableRandom(level));
      assertTrue(automaton.accepts(problem, ProblemGenerator.finalAnswer(solution)), solution);
      assertInAlphabet(problem.prompt() + solution);
    }
  }

  @Test
  void itsSolutionGrowsWithTheLevelAndItsPromptDoesNot() {
    for (int level : new int[] {10, 100, 1000}) {
      var rng = new SplittableRandom(level);
      var problem = automaton.problem(level, rng);
      double characters = automaton.solve(problem, rng).length() / (double) level;
      assertTrue(characters > 7 && characters < 14, characters + " characters a step");
      assertTrue(problem.prompt().length() < 18, problem.prompt());
    }
    assertThrows(UserError.class, () -> automaton.problem(0, new SplittableRandom(1)));
    assertThrows(UserError.class, () -> automaton.problem(20_001, new SplittableRandom(1)));
  }

  @Test
  void whatIsAskedForLiesWhereTheLevelSays() {
    for (ProblemGenerator generator : List.of(new NeedleGenerator(), new LookupGenerator())) {
      for (int level = 10; level <= 79; level++) {
        var problem = generator.problem(level, new SplittableRandom(level));
        int length = 64 << level / 10;
        assertEquals(generator.name() + "-" + length, problem.domain());
        assertTrue(problem.prompt().length() <= length, "fits");
        assertTrue(problem.prompt().length() > length - 7, "fills");
        String[] parts = problem.prompt().split(";");
        String key = parts[parts.length - 1].replaceAll("[?>]", "");
        int found = -1;
        for (int i = 0; i < parts.length - 1; i++) {
          if (parts[i].startsWith(key + "=")) {
            assertEquals(-1, found, "one alone");
            found = i;
            assertEquals(problem.answer(), parts[i].substring(4));
          }
        }
        double depth = found / (double) (parts.length - 2);
        assertEquals(level % 10 / 9.0, depth, 0.5 / (parts.length - 2) + 1e-9);
        String solution = generator.solve(problem, new SplittableRandom(1));
        assertTrue(generator.accepts(problem, ProblemGenerator.finalAnswer(solution)));
        assertFalse(generator.accepts(problem, "x"));
        assertInAlphabet(problem.prompt() + solution);
      }
      var longest = generator.problem(115, new SplittableRandom(1));
      assertEquals(131_066, longest.prompt().length());
      assertThrows(UserError.class, () -> generator.problem(9, new SplittableRandom(1)));
      assertThrows(UserError.class, () -> generator.problem(120, new SplittableRandom(1)));
    }
  }

  private static void assertInAlphabet(String text) {
    text.chars().forEach(c -> assertTrue(ProblemGenerator.ALPHABET.indexOf(c) >= 0, text));
  }
}
