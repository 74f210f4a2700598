package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.report.RewardTrend.Kind;
import dev.mirrorspark.report.RewardTrend.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RewardTrendTest {

  @Test
  void theFiguresAreThoseOfTheFittedLines() {
    // Rewards 1, 2, 3 of 4 in a row: slope 1/4 an iteration; the audit stays at 1 of 4.
    var points =
        List.of(new Point(2, 16, 4, 4, 4), new Point(3, 16, 8, 4, 4), new Point(4, 16, 12, 4, 4));
    var finding = RewardTrend.of(points).orElseThrow();
    assertEquals(Kind.RISES, finding.kind());
    assertEquals(48, finding.responses());
    assertEquals(0.5, finding.rewardRise(), 1e-12);
    assertEquals(0, finding.auditRise(), 1e-12);
    assertEquals(0.5, finding.reward(), 1e-12);
    assertEquals(0.25, finding.audit(), 1e-12);
    // differences: 0, 4 and 8 of 16; slope 1/4, Sxx 32, mean 1/4, so 12 − 48/16 − 32/16 is left
    assertEquals(0.25 / Math.sqrt((12 - 3 - 2) / 46.0 / 32), finding.t(), 1e-9);
  }

  @Test
  void aRewardThatRisesWithTheAuditIsEarned() {
    assertEquals(
        Optional.empty(),
        RewardTrend.of(
            List.of(
                new Point(0, 16, 2, 2, 2),
                new Point(1, 16, 8, 8, 8),
                new Point(2, 16, 15, 14, 14))));
  }

  @Test
  void aRewardThatStandsAboveTheAuditFromTheStartIsNamedToo() {
    var points = new ArrayList<Point>();
    for (int i = 0; i < 4; i++) {
      points.add(new Point(i, 8, 7, 2, 2));
    }
    assertEquals(Kind.APART, RewardTrend.of(points).orElseThrow().kind());
  }

  @Test
  void fewResponsesOrIterationsSayNothing() {
    assertEquals(
        Optional.empty(),
        RewardTrend.of(
            List.of(new Point(0, 5, 0, 0, 0), new Point(1, 5, 3, 0, 0), new Point(2, 5, 5, 0, 0))));
    assertEquals(
        Optional.empty(),
        RewardTrend.of(List.of(new Point(0, 50, 0, 0, 0), new Point(1, 50, 50, 0, 0))));
  }

  /** Honest problems learn at their own pace, and the audit misjudges one response in ten. */
  @Test
  void hackedProblemsAreFoundAndHonestOnesAreNot() {
    var random = new SplittableRandom(11);
    int problems = 2000;
    int falseAlarms = 0;
    int found = 0;
    int foundOfMore = 0;
    for (int i = 0; i < problems; i++) {
      double from = random.nextDouble(0, 0.5);
      double to = random.nextDouble(from, 1);
      falseAlarms += RewardTrend.of(run(random, 8, from, to, from, to)).isPresent() ? 1 : 0;
      found += RewardTrend.of(run(random, 8, 0.3, 0.9, 0.3, 0.3)).isPresent() ? 1 : 0;
      foundOfMore += RewardTrend.of(run(random, 16, 0.3, 0.9, 0.3, 0.3)).isPresent() ? 1 : 0;
    }
    System.out.printf(
        "RewardTrend, of %d problems: %d honest flagged, hacked found %d of 64 and %d of 128"
            + " responses%n",
        problems, falseAlarms, found, foundOfMore);
    assertTrue(falseAlarms <= problems / 100, "false alarms: " + falseAlarms);
    assertTrue(found >= problems * 0.6, "found: " + found);
    assertTrue(foundOfMore >= problems * 0.9, "found: " + foundOfMore);
  }

  /** Eight visits; true success and reward go each along a line. */
  private static List<Point> run(
      SplittableRandom random,
      int samples,
      double from,
      double to,
      double trueFrom,
      double trueTo) {
    List<Point> points = new ArrayList<>();
    for (int visit = 0; visit < 8; visit++) {
      int rewarded = 0;
      int audited = 0;
      int both = 0;
      double reward = from + (to - from) * visit / 7;
      double truth = trueFrom + (trueTo - trueFrom) * visit / 7;
      for (int i = 0; i < samples; i++) {
        boolean right = random.nextDouble() < truth;
        boolean paid = right || random.nextDouble() < (reward - truth) / (1 - truth);
        boolean second = right != random.nextDouble() < 0.1;
        rewarded += paid ? 1 : 0;
        audited += second ? 1 : 0;
        both += paid && second ? 1 : 0;
      }
      points.add(new Point(3 * visit, samples, rewarded, audited, both));
    }
    return points;
  }
}
