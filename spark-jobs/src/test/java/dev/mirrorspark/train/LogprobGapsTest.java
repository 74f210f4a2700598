package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.LogprobGap;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Mean, percentile and largest of gaps, against those of the sorted gaps. */
class LogprobGapsTest {
  @Test
  void figuresOfManyResponses() {
    var random = new Random(2);
    double[] all = new double[5000];
    LogprobGaps gaps = LogprobGaps.NONE;
    for (int r = 0; r < 50; r++) {
      double[] own = new double[100];
      for (int i = 0; i < own.length; i++) {
        own[i] = Math.pow(10, -6 + 4 * random.nextDouble());
        all[100 * r + i] = own[i];
      }
      gaps = gaps.plus(LogprobGaps.of("r" + r, own));
    }
    Arrays.sort(all);
    assertEquals(5000, gaps.tokens());
    assertEquals(Arrays.stream(all).average().orElseThrow(), gaps.mean(), 1e-12);
    assertEquals(all[4999], gaps.largest());
    double exact = all[4949];
    assertTrue(gaps.p99() >= exact && gaps.p99() <= 1.8 * exact, exact + " " + gaps.p99());
  }

  @Test
  void nanIsTheLargest() {
    var gaps =
        LogprobGaps.of("a", new double[] {1e-3})
            .plus(LogprobGaps.of("b", new double[] {Double.NaN}));
    assertTrue(Double.isNaN(gaps.largest()));
    assertEquals("b", gaps.largestKey());
  }

  @Test
  void noneHaveNoFigures() {
    assertTrue(Double.isNaN(LogprobGaps.NONE.mean()) && Double.isNaN(LogprobGaps.NONE.p99()));
  }

  @Test
  void boundsFitThePrecision() {
    var byPrecision = new LogprobGap(0, 0, 0);
    assertEquals(new LogprobGap(1e-4, 1e-3, 1e-2), byPrecision.in("fp32"));
    assertEquals(new LogprobGap(0.03, 0.3, Double.POSITIVE_INFINITY), byPrecision.in("bf16"));
    assertEquals(new LogprobGap(1, 2, 3), new LogprobGap(1, 2, 3).in("bf16"));
  }
}
