package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.eval.PairedComparison.Pair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairedComparisonTest {

  @Test
  void oneResponseAProblemIsMcNemar() {
    List<Pair> pairs = new ArrayList<>();
    add(pairs, 5, new Pair(1, 1, 1, 1));
    add(pairs, 1, new Pair(1, 1, 0, 1));
    add(pairs, 8, new Pair(0, 1, 1, 1));
    add(pairs, 6, new Pair(0, 1, 0, 1));
    var comparison = PairedComparison.of(pairs);
    assertEquals(20, comparison.problems());
    assertEquals(0.3, comparison.baseline(), 1e-15);
    assertEquals(0.65, comparison.policy(), 1e-15);
    assertEquals(0.35, comparison.difference(), 1e-15);
    assertEquals(8, comparison.better());
    assertEquals(1, comparison.worse());
    assertEquals(PairedComparison.Test.MCNEMAR, comparison.test());
    assertEquals(0.0390625, comparison.pValue(), 1e-12);
    // deviation of a difference: sqrt(9/20 - 0.35²) = 0.572; of the mean 0.128
    assertEquals(0.35 - 1.96 * 0.128, comparison.low(), 0.06);
    assertEquals(0.35 + 1.96 * 0.128, comparison.high(), 0.06);
  }

  @Test
  void severalResponsesAProblemAreAPermutationTest() {
    // differences ¼, ½, ¾: in quarters 1 2 3, all of one sign
    var comparison =
        PairedComparison.of(
            List.of(new Pair(1, 4, 2, 4), new Pair(0, 4, 2, 4), new Pair(1, 4, 4, 4)));
    assertEquals(PairedComparison.Test.SIGN_FLIP, comparison.test());
    assertEquals(0.25, comparison.pValue(), 1e-15);
    assertEquals(0.5, comparison.difference(), 1e-15);
  }

  @Test
  void differencesOfUnevenNumbersOfResponsesCompareInOneUnit() {
    // 1/3 + 1/6 against 1/2: in sixths 2 1 -3, a sum of zero that in doubles is none
    var comparison =
        PairedComparison.of(
            List.of(new Pair(0, 3, 1, 3), new Pair(0, 6, 1, 6), new Pair(1, 2, 0, 3)));
    assertEquals(1, comparison.pValue(), 1e-15);
    assertEquals(2, comparison.better());
    assertEquals(1, comparison.worse());
  }

  @Test
  void primesWithoutASmallCommonDenominatorAreRounded() {
    List<Pair> pairs = new ArrayList<>();
    for (int judged : new int[] {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31}) {
      pairs.add(new Pair(0, judged, judged, judged));
    }
    // all differences are 1: 2 of 2048
    assertEquals(2 / 2048., PairedComparison.of(pairs).pValue(), 5e-4);
  }

  private static void add(List<Pair> pairs, int times, Pair pair) {
    for (int i = 0; i < times; i++) {
      pairs.add(pair);
    }
  }
}
