package dev.mirrorspark.algorithm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses on per-token log-probs by hand, and their slopes by central differences. */
class AlgorithmLossTest {
  private static final double TAU = 0.3;
  private static final MirrorDescent MIRROR = new MirrorDescent(TAU, Baseline.MEAN, 1);

  static Stream<Algorithm> algorithms() {
    return Stream.of(
        MIRROR,
        new MirrorDescent(2, Baseline.LOG_Z, 0.7),
        new Rest(0.7),
        new Supervised(),
        new Grpo(0.2, 0.28, 0, true, 1),
        new Grpo(0.1, 0.1, 0.5, false, 1),
        new Distill(0.9));
  }

  private static List<Streams> responses(Random random, int count) {
    List<Streams> responses = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      int n = 1 + random.nextInt(6);
      float[] sampling = new float[n];
      float[] advantage = new float[n];
      Arrays.fill(advantage, (float) random.nextGaussian());
      for (int i = 0; i < n; i++) {
        sampling[i] = -3 * random.nextFloat();
      }
      responses.add(new Streams(sampling, advantage, 0.1 + random.nextDouble()));
    }
    return responses;
  }

  private static float[][] near(List<Streams> unit, Random random, double deviation) {
    float[][] logprobs = new float[unit.size()][];
    for (int r = 0; r < logprobs.length; r++) {
      logprobs[r] = unit.get(r).sampling().clone();
      for (int i = 0; i < logprobs[r].length; i++) {
        logprobs[r][i] += (float) (deviation * random.nextGaussian());
      }
    }
    return logprobs;
  }

  private static float[][] zeros(float[][] like) {
    return Arrays.stream(like).map(row -> new float[row.length]).toArray(float[][]::new);
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void slopesAreThoseOfTheLoss(Algorithm algorithm) {
    var random = new Random(5);
    int compared = 0;
    for (int round = 0; round < 50; round++) {
      var unit = responses(random, 3);
      float[][] logprobs = near(unit, random, 0.3);
      float[][] slopes = zeros(logprobs);
      algorithm.loss(unit, logprobs, slopes);
      for (int r = 0; r < logprobs.length; r++) {
        for (int i = 0; i < logprobs[r].length; i++) {
          double ratio = Math.exp(logprobs[r][i] - unit.get(r).sampling()[i]);
          if (algorithm instanceof Grpo g
              && (Math.abs(ratio - 1 + g.clipLow()) < 0.02
                  || Math.abs(ratio - 1 - g.clipHigh()) < 0.02)) {
            continue; // a kink of the clipped loss
          }
          float h = 1f / 256; // exact in fp32
          double above = moved(algorithm, unit, logprobs, r, i, h);
          double below = moved(algorithm, unit, logprobs, r, i, -h);
          double slope = (above - below) / (2.0 * h);
          assertEquals(slope, slopes[r][i], 1e-4 * Math.max(1, Math.abs(slope)), algorithm + "");
          compared++;
        }
      }
    }
    assertTrue(compared > 300, "compared " + compared);
  }

  private static double moved(
      Algorithm algorithm, List<Streams> unit, float[][] logprobs, int r, int i, float by) {
    float[][] other = Arrays.stream(logprobs).map(float[]::clone).toArray(float[][]::new);
    other[r][i] += by;
    return algorithm.loss(unit, other, zeros(other));
  }

  @Test
  void mirrorDescentByHand() {
    var response = new Streams(new float[] {-1, -2}, new float[] {0.5f, 0.5f}, 0.25);
    float[][] slopes = new float[1][2];
    // ρ = (−0.5 + 1) + (−2.25 + 2) = 0.25; residual 0.5 − 0.3 · 0.25 = 0.425
    double loss = MIRROR.loss(List.of(response), new float[][] {{-0.5f, -2.25f}}, slopes);
    assertEquals(0.25 * 0.425 * 0.425 / 0.6, loss, 1e-12);
    assertEquals(-0.25 * 0.425, slopes[0][0], 1e-8);
    assertEquals(-0.25 * 0.425, slopes[0][1], 1e-8);
  }

  /** On policy every slope is −w·A: the plain policy gradient. */
  @Test
  void onPolicyTheLogRatioHasNoSlope() {
    for (Algorithm algorithm : List.of(MIRROR, new Grpo(0.2, 0.2, 0.7, true, 1))) {
      var response = new Streams(new float[] {-1, -2}, new float[] {-0.5f, -0.5f}, 0.25);
      float[][] slopes = new float[1][2];
      algorithm.loss(List.of(response), new float[][] {{-1, -2}}, slopes);
      assertEquals(0.125, slopes[0][0], 1e-8, algorithm + "");
      assertEquals(0.125, slopes[0][1], 1e-8, algorithm + "");
    }
  }

  /** Summed in fp32 and then subtracted, the log-ratio of these is off by hundredths of a nat. */
  @Test
  void theLogRatioOfALongResponseIsSummedTokenByToken() {
    int n = 131_072;
    float[] sampling = new float[n];
    float[] logprobs = new float[n];
    var random = new Random(9);
    double exact = 0;
    float sumOfSampling = 0;
    float sumOfLogprobs = 0;
    for (int i = 0; i < n; i++) {
      sampling[i] = -2 * random.nextFloat();
      logprobs[i] = sampling[i] + 1e-4f * (float) random.nextGaussian();
      exact += (double) logprobs[i] - sampling[i];
      sumOfSampling += sampling[i];
      sumOfLogprobs += logprobs[i];
    }
    double inFloats = (double) sumOfLogprobs - sumOfSampling;
    assertTrue(Math.abs(inFloats - exact) > 1e-3, "the fault shows: " + (inFloats - exact));
    float[][] slopes = new float[1][n];
    var response = new Streams(sampling, new float[n], 1);
    MIRROR.loss(List.of(response), new float[][] {logprobs}, slopes);
    assertEquals(TAU * exact, slopes[0][17], 1e-6 * Math.abs(exact) + 1e-9);
  }

  /** DeepSeekMath, eq. 3, for one token with each sign of the advantage and side of the clip. */
  @Test
  void grpoByHand() {
    var grpo = new Grpo(0.2, 0.3, 0, true, 1);
    double[][] cases = { // advantage, ratio, expected loss, expected slope
      {1, 1.1, -1.1, -1.1},
      {1, 1.5, -1.3, 0},
      {1, 0.5, -0.5, -0.5},
      {-1, 1.5, 1.5, 1.5},
      {-1, 0.5, 0.8, 0},
      {-1, 0.9, 0.9, 0.9},
    };
    for (double[] row : cases) {
      float[][] slopes = new float[1][1];
      var response = new Streams(new float[] {0}, new float[] {(float) row[0]}, 2);
      float logprob = (float) Math.log(row[1]);
      double loss = grpo.loss(List.of(response), new float[][] {{logprob}}, slopes);
      assertEquals(2 * row[2], loss, 1e-6, Arrays.toString(row));
      assertEquals(2 * row[3], slopes[0][0], 1e-6, Arrays.toString(row));
    }
  }

  @Test
  void grpoCreditIsTheRewardInDeviationsOfItsGroup() {
    var grpo = new Grpo(0.2, 0.2, 0, true, 1);
    double[] group = {1, 0, 0, 1, 1};
    // mean 0.6, variance (3 · 0.16 + 2 · 0.36) / 4 = 0.3
    assertEquals(0.4 / (Math.sqrt(0.3) + 1e-6), grpo.credit(1, group), 1e-12);
    assertEquals(-0.6 / (Math.sqrt(0.3) + 1e-6), grpo.credit(0, group), 1e-12);
    assertEquals(0.4, new Grpo(0.2, 0.2, 0, false, 1).credit(1, group), 1e-12);
  }

  @Test
  void whatAResponseWeighs() {
    var share = new Algorithm.Share(5, 4, 3, 90);
    assertEquals(1.0 / 12, MIRROR.weight(share));
    assertEquals(1.0 / 90, new Rest(1).weight(share));
    assertEquals(1.0 / 90, new Supervised().weight(share));
    assertEquals(1.0 / 60, new Grpo(0.2, 0.2, 0, true, 1).weight(share));
  }
}
