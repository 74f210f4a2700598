package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WilsonIntervalTest {

  @ParameterizedTest(name = "{0} of {1}: {2} to {3}")
  @CsvSource({
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    "81, 263, 0.2553, 0.3662",
    "15, 148, 0.0624, 0.1605",
    "0, 20, 0.0000, 0.1611",
    "1, 29, 0.0061, 0.1718",
    // mirrored
    "20, 20, 0.8389, 1.0000",
    "28, 29, 0.8282, 0.9939",
  })
  void knownIntervals(int successes, int n, double low, double high) {
    var interval = WilsonInterval.of((double) successes / n, n);
    assertEquals(low, interval.low(), 5e-5);
    assertEquals(high, interval.high(), 5e-5);
  }

  @Test
  void noTrialSaysNothing() {
    assertEquals(new WilsonInterval(0, 1), WilsonInterval.of(0, 0));
  }

  @Test
  void narrowsWithTheRootOfTrials() {
    var few = WilsonInterval.of(0.5, 500);
    var many = WilsonInterval.of(0.5, 50_000);
    assertEquals(10, (few.high() - few.low()) / (many.high() - many.low()), 0.05);
    assertTrue(few.low() < 0.5 && 0.5 < few.high());
  }
}
