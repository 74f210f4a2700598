package dev.mirrorspark.algorithm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DpoTest {
  private static Streams side(float[] reference, boolean chosen, double weight) {
    float[] advantage = new float[reference.length];
    Arrays.fill(advantage, chosen ? 1 : -1);
    return new Streams(reference, advantage, weight);
  }

  /**
   * Two tokens with π(1) = σ(θ), responses of one token, 1 preferred to 0: the loss is −log σ(β(θ −
   * θ₀)), its derivative −β·σ(−β(θ − θ₀)).
   */
  @Test
  void twoTokensInClosedForm() {
    for (double theta : new double[] {-2, 0.3, 1.7}) {
      double reference = 0.4;
      double beta = 0.7;
      double p = 1 / (1 + Math.exp(-theta));
      double p0 = 1 / (1 + Math.exp(-reference));
      var unit =
          List.of(
              side(new float[] {(float) Math.log(p0)}, true, 0.5),
              side(new float[] {(float) Math.log(1 - p0)}, false, 0.5));
      float[][] slopes = new float[2][1];
      float[][] logprobs = {{(float) Math.log(p)}, {(float) Math.log(1 - p)}};
      double loss = new Dpo(beta, 1).loss(unit, logprobs, slopes);
      double margin = beta * (theta - reference);
      assertEquals(0.5 * Math.log(1 + Math.exp(-margin)), loss, 1e-6);
      double byTheta = slopes[0][0] * (1 - p) + slopes[1][0] * -p;
      assertEquals(-0.5 * beta / (1 + Math.exp(margin)), byTheta, 1e-6);
    }
  }

  @Test
  void slopesAreThoseOfTheLossByFiniteDifferences() {
    var random = new Random(3);
    for (int round = 0; round < 30; round++) {
      boolean first = random.nextBoolean();
      float[][] reference = {floats(random, 1 + random.nextInt(5)), floats(random, 3)};
      var unit = List.of(side(reference[0], first, 0.3), side(reference[1], !first, 0.3));
      float[][] logprobs = {reference[0].clone(), reference[1].clone()};
      for (float[] row : logprobs) {
        for (int i = 0; i < row.length; i++) {
          row[i] += (float) random.nextGaussian();
        }
      }
      var dpo = new Dpo(0.1 + random.nextDouble(), 1);
      float[][] slopes = {new float[logprobs[0].length], new float[3]};
      dpo.loss(unit, logprobs, slopes);
      for (int r = 0; r < 2; r++) {
        for (int i = 0; i < logprobs[r].length; i++) {
          float h = 1f / 256;
          double above = moved(dpo, unit, logprobs, r, i, h);
          double below = moved(dpo, unit, logprobs, r, i, -h);
          assertEquals((above - below) / (2.0 * h), slopes[r][i], 1e-4);
        }
      }
    }
  }

  private static float[] floats(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = -3 * random.nextFloat();
    }
    return values;
  }

  private static double moved(
      Dpo dpo, List<Streams> unit, float[][] logprobs, int r, int i, float by) {
    float[][] other = {logprobs[0].clone(), logprobs[1].clone()};
    other[r][i] += by;
    return dpo.loss(unit, other, new float[][] {new float[other[0].length], new float[3]});
  }

  @Test
  void farOffItIsFinite() {
    var unit = List.of(side(new float[] {0}, true, 1), side(new float[] {0}, false, 1));
    float[][] slopes = new float[2][1];
    var dpo = new Dpo(1, 1);
    assertEquals(2000, dpo.loss(unit, new float[][] {{-2000}, {0}}, slopes), 1e-6);
    assertEquals(-1, slopes[0][0], 0f);
    assertEquals(0, dpo.loss(unit, new float[][] {{0}, {-2000}}, slopes), 1e-6);
    assertEquals(0, slopes[0][0], 1e-6f);
  }

  @Test
  void whatIsNoPairIsRefused() {
    var one = side(new float[] {0}, true, 1);
    var dpo = new Dpo(1, 1);
    float[][] cells = new float[2][1];
    assertThrows(
        IllegalArgumentException.class, () -> dpo.loss(List.of(one), new float[1][1], cells));
    assertThrows(
        IllegalArgumentException.class, () -> dpo.loss(List.of(one, one), cells, new float[2][1]));
  }
}
