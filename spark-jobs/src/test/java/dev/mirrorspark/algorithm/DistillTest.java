package dev.mirrorspark.algorithm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Slopes by finite differences stand in {@link AlgorithmLossTest}. */
class DistillTest {
  private static double divergence(double p, double t) {
    return p * Math.log(p / t) + (1 - p) * Math.log((1 - p) / (1 - t));
  }

  /**
   * Two tokens, π(1) = σ(θ): on policy the expectation of the gradient over both samples is that of
   * KL(π‖teacher) by θ, which is zero where the two agree.
   */
  @Test
  void onPolicyTheExpectationIsTheGradientOfTheReverseDivergence() {
    double teacher = 0.8;
    for (double theta : new double[] {-1.5, 0, 0.6, Math.log(4)}) {
      double p = 1 / (1 + Math.exp(-theta));
      double expected = 0;
      double[] own = {1 - p, p};
      double[] teachers = {1 - teacher, teacher};
      for (int token = 0; token < 2; token++) {
        float sampled = (float) Math.log(own[token]);
        float advantage = (float) (Math.log(teachers[token]) - Math.log(own[token]));
        var response = new Streams(new float[] {sampled}, new float[] {advantage}, 1);
        float[][] slopes = new float[1][1];
        new Distill(1).loss(List.of(response), new float[][] {{sampled}}, slopes);
        double score = token - p; // d log π(token) / dθ
        expected += own[token] * slopes[0][0] * score;
      }
      double h = 1e-5;
      double above = divergence(1 / (1 + Math.exp(-theta - h)), teacher);
      double below = divergence(1 / (1 + Math.exp(-theta + h)), teacher);
      assertEquals((above - below) / (2 * h), expected, 1e-6);
    }
  }
}
