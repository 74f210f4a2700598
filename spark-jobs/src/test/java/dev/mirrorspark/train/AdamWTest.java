package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.reduce.Shards;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
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

  private static Tensor tensor(float[] values) {
    return Tensors.ofFloats(values, values.length);
  }

  /** The algorithm as published, in fp64, one parameter at a time. */
  @Test
  void equalsThePublishedAlgorithm() {
    try (var scope = new PointerScope()) {
      Tensor weights = tensor(random(0));
      Tensor first = tensor(new float[SIZE]);
      Tensor second = tensor(new float[SIZE]);
      double[] w = new double[SIZE];
      double[] m = new double[SIZE];
      double[] v = new double[SIZE];
      float[] start = random(0);
      Arrays.setAll(w, i -> start[i]);
      for (int step = 1; step <= 20; step++) {
        float[] gradient = random(step);
        AdamW.step(weights, first, second, tensor(gradient), CLIP, RATE, step, ADAM);
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
      float[] found = Tensors.floats(weights);
      for (int i = 0; i < SIZE; i++) {
        assertEquals(w[i], found[i], 1e-5);
      }
    }
  }

  /** Also over more elements than pass through the arithmetic together. */
  @Test
  void doesNotDependOnTheShards() {
    for (int size : new int[] {SIZE, 100_003}) {
      try (var scope = new PointerScope()) {
        Tensor whole = torch.randn(size);
        Tensor cut = whole.clone();
        Tensor[] moments = {torch.zeros(size), torch.zeros(size)};
        Tensor[] ofCut = {torch.zeros(size), torch.zeros(size)};
        var shards = new Shards(size, 3);
        for (int step = 1; step <= 5; step++) {
          Tensor gradient = torch.randn(size);
          Tensor same = gradient.clone();
          AdamW.step(whole, moments[0], moments[1], gradient, CLIP, RATE, step, ADAM);
          for (int s = 0; s < 3; s++) {
            long from = shards.from(s);
            long n = shards.length(s);
            AdamW.step(
                cut.narrow(0, from, n),
                ofCut[0].narrow(0, from, n),
                ofCut[1].narrow(0, from, n),
                same.narrow(0, from, n),
                CLIP,
                RATE,
                step,
                ADAM);
          }
        }
        assertArrayEquals(Tensors.floats(whole), Tensors.floats(cut), "size " + size);
      }
    }
  }

  @Test
  void clipsOnlyAboveTheNorm() {
    assertEquals(1, AdamW.clip(0.9, 1));
    assertEquals(0.25, AdamW.clip(4, 1));
    assertEquals(1, AdamW.clip(4, 0), "0 turns clipping off");
  }
}
