package dev.mirrorspark.algorithm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The weights that make up for another engine's arithmetic, in closed form. */
class CorrectionTest {
  private static final float HALF = (float) Math.log(0.5);

  @Test
  void truncatedWeightsAreRatiosUpToTheCap() {
    var truncate = Correction.named("truncate", 1.5, 0, 0);
    // π/μ = 1, 1/2, 2 (cut), 1.25
    float[] weights =
        truncate.weights(
            new float[] {-1, 2 * HALF, HALF, (float) Math.log(0.5)},
            new float[] {-1, HALF, 2 * HALF, (float) Math.log(0.4)});
    assertArrayEquals(new float[] {1, 0.5f, 1.5f, 1.25f}, weights, 1e-6f);
    assertTrue(truncate.cut(weights[2]));
    assertFalse(truncate.cut(weights[3]));
  }

  @Test
  void aMaskLooksAtTheWholeResponse() {
    var mask = Correction.named("mask", 0, 0.5, 2);
    // the ratios 4 and 1/4 make 1: it trains; 4 and 1 make 4, 1/4 and 1 make 1/4: they do not
    float[] engine = {-3, -3};
    assertArrayEquals(
        new float[] {1, 1}, mask.weights(new float[] {-3 - 2 * HALF, -3 + 2 * HALF}, engine));
    assertArrayEquals(new float[] {0, 0}, mask.weights(new float[] {-3 - 2 * HALF, -3}, engine));
    assertArrayEquals(new float[] {0, 0}, mask.weights(new float[] {-3 + 2 * HALF, -3}, engine));
    assertTrue(mask.cut(0));
    assertFalse(mask.cut(1));
  }

  /**
   * Weighted by the ratios, samples of μ estimate means under π; the truncation takes away what
   * lies above the cap: Σ min(π, C·μ)·f exactly.
   */
  @Test
  void weightedSamplesEstimateMeansUnderTheTrainersPolicy() {
    double[] pi = {0.7, 0.2, 0.1};
    double[] mu = {0.6, 0.38, 0.02};
    double[] f = {1, -2, 5};
    for (double cap : new double[] {1.2, 100}) {
      var truncate = new Correction.Truncate(cap);
      var random = new Random(3);
      int n = 400_000;
      double sum = 0;
      for (int i = 0; i < n; i++) {
        double u = random.nextDouble();
        int y = u < mu[0] ? 0 : u < mu[0] + mu[1] ? 1 : 2;
        float[] weight =
            truncate.weights(
                new float[] {(float) Math.log(pi[y])}, new float[] {(float) Math.log(mu[y])});
        sum += weight[0] * f[y];
      }
      double exact = 0;
      for (int y = 0; y < 3; y++) {
        exact += Math.min(pi[y], cap * mu[y]) * f[y];
      }
      assertEquals(exact, sum / n, 0.03, "cap " + cap);
    }
  }

  @Test
  void anotherNameIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Correction.named("clip", 1, 1, 1));
  }
}
