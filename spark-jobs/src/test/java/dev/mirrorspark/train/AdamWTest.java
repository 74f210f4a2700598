package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.config.RunConfig;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static final RunConfig.Adam ADAM = new RunConfig.Adam(0.9, 0.95, 1e-8, 0.1, 1);
  private static final int SIZE = 101;
  private static final double CLIP = 0.5;
  private static final double RATE = 1e-2;

  private static float[] random(int seed) {
    var random = new Random(seed);
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The algorithm as published, in fp64, one parameter at a time. */
  @Test
  void equalsThePublishedAlgorithm() {
    float[] weights = random(0);
    float[] first = new float[SIZE];
    float[] second = new float[SIZE];
    double[] w = new double[SIZE];
    double[] m = new double[SIZE];
    double[] v = new double[SIZE];
    Arrays.setAll(w, i -> weights[i]);
    for (int step = 1; step <= 20; step++) {
      float[] gradient = random(step);
      AdamW.step(weights, first, second, gradient, CLIP, RATE, step, ADAM);
      for (int i = 0; i < SIZE; i++) {
        double g = gradient[i] * CLIP;
        w[i] -= RATE * ADAM.weightDecay() * w[i];
        m[i] = ADAM.beta1() * m[i] + (1 - ADAM.beta1()) * g;
        v[i] = ADAM.beta2() * v[i] + (1 - ADAM.beta2()) * g * g;
        double mHat = m[i] / (1 - Math.pow(ADAM.beta1(), step));
        double vHat = v[i] / (1 - Math.pow(ADAM.beta2(), step));
        w[i] -= RATE * mHat / (Math.sqrt(vHat) + ADAM.epsilon());
      }
    }
    for (int i = 0; i < SIZE; i++) {
      assertEquals(w[i], weights[i], 1e-5);
    }
  }

  @Test
  void doesNotDependOnTheShards() {
    float[] whole = random(0);
    float[] first = new float[SIZE];
    float[] second = new float[SIZE];
    var shards = new Shards(SIZE, 3);
    float[][] weights = new float[3][];
    float[][][] moments = new float[3][2][];
    for (int s = 0; s < 3; s++) {
      weights[s] = Arrays.copyOfRange(whole, shards.from(s), shards.to(s));
      moments[s][0] = new float[shards.length(s)];
      moments[s][1] = new float[shards.length(s)];
    }
    for (int step = 1; step <= 5; step++) {
      float[] gradient = random(step);
      AdamW.step(whole, first, second, gradient, CLIP, RATE, step, ADAM);
      for (int s = 0; s < 3; s++) {
        float[] part = Arrays.copyOfRange(gradient, shards.from(s), shards.to(s));
        AdamW.step(weights[s], moments[s][0], moments[s][1], part, CLIP, RATE, step, ADAM);
      }
    }
    for (int s = 0; s < 3; s++) {
      assertArrayEquals(Arrays.copyOfRange(whole, shards.from(s), shards.to(s)), weights[s]);
    }
  }

  @Test
  void clipsOnlyAboveTheNorm() {
    assertEquals(1, AdamW.clip(0.9, 1));
    assertEquals(0.25, AdamW.clip(4, 1));
    assertEquals(1, AdamW.clip(4, 0), "0 turns clipping off");
  }
}
