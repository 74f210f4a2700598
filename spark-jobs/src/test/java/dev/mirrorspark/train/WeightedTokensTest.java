package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Supervised;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The weights of tokens in the gradient, and what is measured of another engine's log-probs. */
class WeightedTokensTest {
  private static final Algorithm LIKELIHOOD = new Supervised();

  /** The likelihood's gradient is a sum over tokens: each alone, times its weight. */
  @Test
  void aTokensPartOfTheGradientIsMultipliedByItsWeight() {
    var shape = TinyModels.LLAMA;
    double[] flat = TinyModels.weights(shape, 1);
    var sample = TinyModels.samples(1, shape.vocab(), 8).get(0);
    int n = sample.responseLength();
    var random = new Random(2);
    float[] weights = new float[n];
    double[] sum = new double[flat.length];
    for (int t = 0; t < n; t++) {
      weights[t] = 2 * random.nextFloat();
      boolean[] alone = new boolean[n];
      alone[t] = true;
      var masked =
          new Sample(
              sample.key(),
              sample.group(),
              sample.tokens(),
              sample.promptLength(),
              alone,
              sample.sampling(),
              sample.advantage(),
              0,
              sample.weight());
      double[] part =
          TinyModels.gradient(shape, flat, LIKELIHOOD, java.util.List.of(masked)).gradient();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += weights[t] * part[i];
      }
    }
    var weighted =
        sample.corrected(sample.sampling(), sample.advantage(), sample.sampling(), weights);
    double[] gradient =
        TinyModels.gradient(shape, flat, LIKELIHOOD, java.util.List.of(weighted)).gradient();
    double largest =
        IntStream.range(0, sum.length).mapToDouble(i -> Math.abs(sum[i])).max().orElse(0);
    for (int i = 0; i < sum.length; i++) {
      assertEquals(sum[i], gradient[i], 1e-5 * largest, "parameter " + i);
    }
  }

  /** The gap is that to the log-probs that were given, the log-ratio that to the trainer's own. */
  @Test
  void gapsAreThoseToTheEngine() {
    var sample =
        TinyModels.sample("p#0", new int[] {1, 2, 3}, 1, new float[] {-1, -2}, 1, 1)
            .corrected(
                new float[] {-1.5f, -2},
                new float[] {1, 1},
                new float[] {-1, -2.25f},
                new float[] {1, 1});
    var stats = StepStats.of(sample, new float[] {-1.5f, -2});
    assertEquals(0.375, stats.gaps().mean(), 1e-9);
    assertEquals(0.5, stats.gaps().largest(), 1e-9);
    assertEquals(0, stats.ratioRms(), 1e-9);
  }
}
