package dev.mirrorspark.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.math.Comparison.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * All answers of MATH: each is read, equals three other spellings, and differs from a changed one.
 */
class MathAnswersTest {
  /** Of the comparisons that need a worker, every so many are made here; the bench makes all. */
  private static final int SAMPLED = 12;

  @Test
  void allAnswersOfMath() throws IOException {
    var answers = MathSet.answers();
    if (answers.isEmpty()) {
      System.out.println("MathAnswersTest skipped: no shared/data/math beside the checkout");
    }
    Assumptions.assumeTrue(answers.isPresent(), "no shared/data/math beside the checkout");
    var check = new MathAnswersCheck(new MathComparer(20), SAMPLED);
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
        MathComparer.inProcess("10\\pi", Respelling.of("10\\pi").get(0)).orElseThrow().outcome());
  }

  /** What a run over answers found. */
  static final class MathAnswersCheck {
    private final MathComparer comparer;
    private final int sampled;
    private final Map<String, Integer> forms = new TreeMap<>();
    private final Map<String, Integer> decidedBy = new TreeMap<>();
    private final List<String> unread = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    /** Spellings that are equal as texts alone, since one of them cannot be read. */
    private final List<String> byText = new ArrayList<>();

    /** Changed answers that are no answers any more, such as 20000 to base 2. */
    private final List<String> unreadChanged = new ArrayList<>();

    private int answers;
    private int compared;
    private int symbolic;
    private int left;

    /**
     * @param sampled one in so many symbolic comparisons is made
     */
    MathAnswersCheck(MathComparer comparer, int sampled) {
      this.comparer = comparer;
      this.sampled = sampled;
    }

    int answers() {
      return answers;
    }

    int compared() {
      return compared;
    }

    List<String> unread() {
      return unread;
    }

    List<String> unreadChanged() {
      return unreadChanged;
    }

    List<String> byText() {
      return byText;
    }

    List<String> wrong() {
      return wrong;
    }

    void add(String answer) {
      answers++;
      MathComparer.form(answer)
          .ifPresentOrElse(form -> forms.merge(form, 1, Integer::sum), () -> unread.add(answer));
      List<String> spellings = Respelling.of(answer);
      if (spellings.size() < 3) {
        wrong.add(answer + " has less than three spellings: " + spellings);
      }
      for (String spelling : spellings.subList(0, Math.min(3, spellings.size()))) {
        expect(answer, spelling, true);
      }
      expect(answer, Respelling.changed(answer), false);
    }

    private void expect(String answer, String other, boolean equal) {
      var quick = MathComparer.inProcess(answer, other);
      if (quick.isEmpty() && symbolic++ % sampled != 0) {
        left++;
        return;
      }
      Comparison comparison = quick.orElseGet(() -> comparer.compare(answer, other));
      compared++;
      decidedBy.merge(comparison.by(), 1, Integer::sum);
      if (equal && comparison.by().equals("text")) {
        byText.add(answer + " ~ " + other);
      }
      if (!equal && comparison.by().equals("text")) {
        unreadChanged.add(other);
      }
      boolean right =
          equal
              ? comparison.outcome() == Outcome.EQUAL
              : comparison.outcome() == Outcome.DIFFERENT
                  || comparison.outcome() == Outcome.NOT_COMPARABLE;
      if (!right) {
        wrong.add(answer + " ~ " + other + ": " + comparison);
      }
    }

    @Override
    public String toString() {
      return "MATH: %,d answers by form %s, %d not read; %,d comparisons, decided by %s; %,d symbolic ones not made"
          .formatted(answers, forms, unread.size(), compared, decidedBy, left);
    }
  }
}
