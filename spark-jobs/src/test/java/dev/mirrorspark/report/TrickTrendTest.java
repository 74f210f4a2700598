package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.report.TrickTrend.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrickTrendTest {
  private static List<Count> counts(int responses, int... flagged) {
    List<Count> counts = new ArrayList<>();
    for (int i = 0; i < flagged.length; i++) {
      counts.add(new Count(i, responses, flagged[i]));
    }
    return counts;
  }

  @Test
  void theSharpestChangeIsFound() {
    assertEquals(
        Optional.of(new TrickTrend(2, 0.05, 0.5)), TrickTrend.of(counts(100, 5, 5, 50, 50)));
    assertEquals(
        "falls from iteration 1: 50.0% to 10.0%",
        TrickTrend.of(counts(50, 25, 5, 5)).orElseThrow().words());
  }

  @Test
  void smallAndUncertainChangesAreNone() {
    assertEquals(Optional.empty(), TrickTrend.of(counts(100_000, 1000, 9000)), "8 points");
    assertEquals(Optional.empty(), TrickTrend.of(counts(10, 1, 5, 4)), "of a few responses");
    assertEquals(Optional.empty(), TrickTrend.of(counts(100, 0, 0)));
    assertEquals(Optional.empty(), TrickTrend.of(counts(100, 40)));
  }

  @Test
  void theBoundIsFourStandardErrors() {
    // shares 0.3 and 0.3 + d of n each: z = d / sqrt(2 p (1 - p) / n), p = 0.3 + d / 2
    double error = Math.sqrt(2 * 0.35 * 0.65 / 728);
    assertEquals(Optional.empty(), TrickTrend.of(counts(720, 216, 287)), "z < 4");
    assertEquals(
        true, 0.1 / error >= TrickTrend.MIN_Z, "728 of each with 10 points between are enough");
    assertEquals(true, TrickTrend.of(counts(730, 219, 292)).isPresent());
  }
}
