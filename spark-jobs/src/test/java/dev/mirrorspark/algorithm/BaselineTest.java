package dev.mirrorspark.algorithm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BaselineTest {
  private static final double[] ONE_OF_FOUR = {0, 1, 0, 0};

  @Test
  void meanIsTheMeanReward() {
    assertEquals(0.25, Baseline.MEAN.of(ONE_OF_FOUR, 0.2));
    assertEquals(0.5, Baseline.MEAN.of(new double[] {1.25, -0.25}, 0.2));
    assertEquals(3, Baseline.MEAN.of(new double[] {3}, 0.2));
  }

  @Test
  void logZByHand() {
    // τ = 1: log((3 + e) / 4) = log 1.42957045711476…
    assertEquals(0.35737401951, Baseline.LOG_Z.of(ONE_OF_FOUR, 1), 1e-11);
    // τ = 1/2: ½ log((3 + e²) / 4) = ½ log 2.59726402473266…
    assertEquals(0.47722929640, Baseline.LOG_Z.of(ONE_OF_FOUR, 0.5), 1e-11);
    // two rewards log 2 and log 4, τ = 1: log((2 + 4) / 2)
    assertEquals(Math.log(3), Baseline.LOG_Z.of(new double[] {Math.log(2), Math.log(4)}, 1), 1e-15);
    assertEquals(3, Baseline.LOG_Z.of(new double[] {3, 3, 3}, 0.2), 1e-15);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 1e-4, 1e-8, 1e-300})
  void logZForSmallTauTendsToTheHighestReward(double tau) {
    // τ log(e^{1/τ} / 4) = 1 − τ log 4 as e^{−1/τ} vanishes
    assertEquals(1 - tau * Math.log(4), Baseline.LOG_Z.of(ONE_OF_FOUR, tau), 1e-12);
    assertEquals(-1, Baseline.LOG_Z.of(new double[] {-1, -1}, tau), 1e-12);
  }

  @Test
  void logZForLargeTauTendsToTheMean() {
    assertEquals(0.25, Baseline.LOG_Z.of(ONE_OF_FOUR, 1e6), 1e-6);
  }

  @Test
  void logZLiesBetweenMeanAndHighestReward() {
    double baseline = Baseline.LOG_Z.of(new double[] {0.3, 1.2, -0.5, 0.9}, 0.3);
    assertTrue(baseline > 0.475 && baseline < 1.2, () -> "" + baseline);
  }

  @Test
  void namesAreThoseOfTheRunFile() {
    assertEquals(Baseline.MEAN, Baseline.named("mean"));
    assertEquals(Baseline.LOG_Z, Baseline.named("log_z"));
    assertThrows(UserError.class, () -> Baseline.named("LOG_Z"));
  }
}
