package dev.mirrorspark.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.math.Comparison.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The table of answers in the forms of public mathematics sets, with the right verdict on each. */
class AnswerPairsTest {
  /** Pairs whose verdict is wrong, and why. */
  private static final Set<String> EXCEPTIONS =
      // both read as words, of which "listen" and "silent" must differ
      Set.of("abc ~ bca");

  /** Right and wrong verdicts on a form, where "positive" is the verdict "equal". */
  private static final class Counts {
    int pairs;
    int right;
    int truePositive;
    int falsePositive;
    int falseNegative;

    @Override
    public String toString() {
      return "%d pairs, %d right, precision %.3f, recall %.3f"
          .formatted(
              pairs,
              right,
              (double) truePositive / Math.max(1, truePositive + falsePositive),
              (double) truePositive / Math.max(1, truePositive + falseNegative));
    }
  }

  @Test
  void everyPairGetsItsVerdict() throws IOException {
    var comparer = new MathComparer(20);
    Map<String, Counts> byForm = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    List<AnswerPairs.Pair> all = AnswerPairs.read();
    assertTrue(all.size() >= 450, all.size() + " pairs");
    for (AnswerPairs.Pair pair : all) {
      Comparison comparison = comparer.compare(pair.reference(), pair.answer());
      for (String form : List.of(pair.form(), "~ all")) {
        Counts counts = byForm.computeIfAbsent(form, key -> new Counts());
        boolean equal = comparison.outcome() == Outcome.EQUAL;
        boolean shouldBe = pair.verdict() == Outcome.EQUAL;
        counts.pairs++;
        counts.right += comparison.outcome() == pair.verdict() ? 1 : 0;
        counts.truePositive += equal && shouldBe ? 1 : 0;
        counts.falsePositive += equal && !shouldBe ? 1 : 0;
        counts.falseNegative += !equal && shouldBe ? 1 : 0;
      }
      String shown = pair.reference() + " ~ " + pair.answer();
      if (comparison.outcome() != pair.verdict() && !EXCEPTIONS.contains(shown)) {
        wrong.add(shown + ": " + comparison + ", not " + pair.verdict());
      }
    }
    byForm.forEach((form, counts) -> System.out.println("answer pairs: " + form + ": " + counts));
    assertEquals(List.of(), wrong);
    assertEquals(0, byForm.get("~ all").falsePositive);
    assertEquals(EXCEPTIONS.size(), byForm.get("~ all").falseNegative);
  }

  @Test
  void equalityHasNoDirection() throws IOException {
    // percentages and numerals are read with the reference in mind
    for (AnswerPairs.Pair pair : AnswerPairs.read()) {
      var there = MathComparer.exactly(pair.reference(), pair.answer());
      var back = MathComparer.exactly(pair.answer(), pair.reference());
      boolean equal = there.isPresent() && there.get().outcome() == Outcome.EQUAL;
      if (equal && !List.of("percent", "base").contains(pair.form())) {
        assertEquals(there.get().outcome(), back.orElseThrow().outcome(), pair.toString());
      }
    }
  }
}
