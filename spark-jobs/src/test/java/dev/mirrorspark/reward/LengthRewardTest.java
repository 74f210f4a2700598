package dev.mirrorspark.reward;

import static dev.mirrorspark.reward.Verdict.Outcome.CORRECT;
import static dev.mirrorspark.reward.Verdict.Outcome.ERROR;
import static dev.mirrorspark.reward.Verdict.Outcome.WRONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.mirrorspark.reward.Verdict.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The length reward of Kimi k1.5, 2.3.3, worked out by hand. */
class LengthRewardTest {

  @Test
  void shortOnesGainLongOnesLoseAndWrongOnesNeverGain() {
    // λ = ½ − (length − 10) / 30: ½, 1/6, −½, −1/6
    check(
        new int[] {10, 20, 40, 30},
        List.of(CORRECT, WRONG, CORRECT, WRONG),
        0.5,
        0,
        -0.5,
        -1.0 / 6);
    check(
        new int[] {40, 20, 30, 10},
        List.of(WRONG, CORRECT, CORRECT, WRONG),
        -0.5,
        1.0 / 6,
        -1.0 / 6,
        0);
  }

  @Test
  void equalLengthsGetNothing() {
    check(new int[] {7, 7, 7}, List.of(CORRECT, WRONG, CORRECT), 0, 0, 0);
    check(new int[] {7}, List.of(CORRECT), 0);
    check(new int[] {});
  }

  @Test
  void errorsGetNothingAndTheirLengthsDoNotCount() {
    // Of 10 and 30 alone; with the 50 counted, 30 would be in the middle.
    check(new int[] {10, 50, 30, 1}, List.of(CORRECT, ERROR, CORRECT, ERROR), 0.5, 0, -0.5, 0);
    check(new int[] {10, 50, 10}, List.of(CORRECT, ERROR, WRONG), 0, 0, 0);
    check(new int[] {10, 50}, List.of(ERROR, ERROR), 0, 0);
  }

  private static void check(int[] lengths, List<Outcome> outcomes, double... expected) {
    assertArrayEquals(expected, LengthReward.of(lengths, outcomes), 1e-15);
  }

  private static void check(int[] lengths) {
    check(lengths, List.of());
  }
}
