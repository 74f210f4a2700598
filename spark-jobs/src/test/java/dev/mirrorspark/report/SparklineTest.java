package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SparklineTest {
  @Test
  void aStepIsAnEighthOfTheRange() {
    double[] eighths = {0, 0.124, 0.126, 0.3, 0.4, 0.5, 0.7, 0.8, 0.999, 1, -3, 7};
    assertEquals("▁▁▂▃▄▅▆▇██▁█", Sparkline.of(eighths, 0, 1, 99));
  }

  @Test
  void manyNumbersAreMeansOfStretches() {
    assertEquals("▁█", Sparkline.of(new double[] {0, 0, 0, 6, 8, 7}, 0, 7, 2));
    assertEquals("▅", Sparkline.of(new double[] {0, Double.NaN, 1}, 0, 1, 1));
  }

  @Test
  void whatIsUnknownIsBlankAndWhatIsEqualStandsInTheMiddle() {
    assertEquals("▁ █", Sparkline.of(new double[] {2, Double.NaN, 5}, 9));
    assertEquals("▅▅", Sparkline.of(new double[] {3, 3}, 9));
    assertEquals("", Sparkline.of(new double[0], 9));
    assertEquals(" ", Sparkline.of(new double[] {Double.NaN}, 9));
  }
}
