package dev.mirrorspark.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.math.Comparison.Outcome;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * All answers of MATH: each is read, equals three other spellings, and differs from a changed one.
 */
class MathAnswersTest {
  @Test
  void allAnswersOfMath() throws IOException {
    var answers = MathSet.answers();
    if (answers.isEmpty()) {
      System.out.println("MathAnswersTest skipped: no shared/data/math beside the checkout");
    }
    Assumptions.assumeTrue(answers.isPresent(), "no shared/data/math beside the checkout");
    var check = new MathAnswersCheck(new MathComparer(20));
    answers.get().forEach(check::add);
    System.out.println(check);
    assertEquals(5000, check.answers());
    assertEquals(List.of(), check.unread());
    assertEquals(List.of(), check.wrong());
    assertEquals(List.of(), check.byText());
    assertTrue(check.unreadChanged().size() <= 12, check.unreadChanged().toString());
    assertTrue(check.compared() > 19_000, check.toString());
  }

  @Test
  void spellingsOfOneAnswerDiffer() {
    var spellings = Respelling.of("\\frac{1}{2}");
    assertTrue(spellings.containsAll(List.of("1/2", "0.5", "\\dfrac{1}{2}")), spellings.toString());
    assertTrue(Respelling.of("10\\pi").contains("\\pi \\cdot 10"));
    assertTrue(Respelling.of("x^2 + 2x - 1").contains("- 1+ 2x +x^2"));
    assertNotEquals("7", Respelling.changed("7"));
    assertEquals(
        Outcome.EQUAL,
        MathComparer.exactly("10\\pi", Respelling.of("10\\pi").get(0)).orElseThrow().outcome());
  }
}
