package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapIntervalTest {

  @Test
  void theSameValuesGiveTheSameInterval() {
    double[] values = {0.25, 0.5, 0.5, 1, 0, 0.75, 0.125};
    assertEquals(BootstrapInterval.of(values, 0, 1), BootstrapInterval.of(values.clone(), 0, 1));
  }

  @Test
  void twoValuesAreDrawnAsAllBothOrNone() {
    // the means 0, ½ and 1 come with probabilities ¼, ½ and ¼
    assertEquals(new BootstrapInterval(0, 1), BootstrapInterval.of(new double[] {0, 1}, 0, 1));
    // the least mean of five values has a probability of 1/3125, less than 2.5%
    var five = BootstrapInterval.of(new double[] {0, 1, 1, 1, 1}, 0, 1);
    assertEquals(0.4, five.low(), 1e-15); // P(at most 0.2) = 0.7%, P(at most 0.4) = 5.8%
    assertEquals(1, five.high());
  }

  @Test
  void manyValuesHaveTheIntervalOfTheNormalDistribution() {
    double[] values = IntStream.range(0, 1000).mapToDouble(i -> i % 4 / 3.).toArray();
    double deviation = Math.sqrt((1 + 1 / 9.) / 2 / 4) / Math.sqrt(1000);
    var interval = BootstrapInterval.of(values, 0, 1);
    assertEquals(0.5 - 1.96 * deviation, interval.low(), 0.1 * deviation);
    assertEquals(0.5 + 1.96 * deviation, interval.high(), 0.1 * deviation);
  }

  @Test
  void equalValuesAreNoCertainty() {
    double[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
    assertEquals(WilsonInterval.of(1, 8).low(), BootstrapInterval.of(ones, 0, 1).low(), 1e-12);
    assertEquals(1, BootstrapInterval.of(ones, 0, 1).high());
    double[] zeros = new double[8];
    double reach = WilsonInterval.of(0, 8).high();
    assertEquals(new BootstrapInterval(0, reach), BootstrapInterval.of(zeros, 0, 1));
    assertEquals(new BootstrapInterval(-reach, reach), BootstrapInterval.of(zeros, -1, 1));
  }

  @Test
  void noValueSaysNothing() {
    assertEquals(new BootstrapInterval(-1, 1), BootstrapInterval.of(new double[0], -1, 1));
  }
}
