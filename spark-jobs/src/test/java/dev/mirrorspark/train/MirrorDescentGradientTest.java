package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.algorithm.MirrorDescent;
import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.model.ModelShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The surrogate against eq. 3 of Kimi k1.5 (2.3.2), written out by hand. */
class MirrorDescentGradientTest {
  private static final double TAU = 0.3;
  private static final double TEMPERATURE = 0.7;
  private static final double EPS = 0.25;

  /**
   * Two tokens, width 1, no layers: with embedding e and norm weight w the logits after token t are
   * h·c(t), c(t) = w·e(t)/√(e(t)² + ε). Flat: e(0), e(1), w, h(0), h(1).
   */
  private static final ModelShape TWO_TOKENS =
      new ModelShape("llama", 2, 1, 0, 1, 1, 2, 1, 16, 1e4, EPS, false, false, false);

  private static final double[] WEIGHTS = {0.8, -0.5, 1.3, 0.9, -0.4};

  /** Two prompts with k = 3 responses each; the first token is the prompt. */
  private static final int[][][] RESPONSES = {
    {{0, 1, 0, 0, 1}, {0, 0, 1}, {0, 1, 1, 1}},
    {{1, 0, 1, 1}, {1, 1, 0, 1, 0, 0}, {1, 0}}
  };

  private static final double[][] REWARDS = {{1, 0, 1}, {0, 0, 1}};

  private static double meanReward(double[] rewards) {
    return Arrays.stream(rewards).average().orElseThrow();
  }

  /** τ log Z, estimated over the group. */
  private static double tauLogZ(double[] rewards) {
    return TAU
        * Math.log(Arrays.stream(rewards).map(r -> Math.exp(r / TAU)).average().orElseThrow());
  }

  @Test
  void onPolicyMeanBaseline() {
    check(MirrorDescentGradientTest::meanReward, 0);
  }

  @Test
  void onPolicyLogZBaseline() {
    check(MirrorDescentGradientTest::tauLogZ, 0);
  }

  @Test
  void offPolicyMeanBaseline() {
    check(MirrorDescentGradientTest::meanReward, 0.4);
  }

  @Test
  void offPolicyLogZBaseline() {
    check(MirrorDescentGradientTest::tauLogZ, 0.4);
  }

  /**
   * @param drift how far, in nats a token, the sampling policy's log-probs lie off the current ones
   */
  private static void check(ToDoubleFunction<double[]> baseline, double drift) {
    double[] ascent = new double[WEIGHTS.length];
    double[] policyGradient = new double[WEIGHTS.length];
    double loss = 0;
    List<Sample> samples = new ArrayList<>();
    for (int p = 0; p < RESPONSES.length; p++) {
      int k = RESPONSES[p].length;
      double b = baseline.applyAsDouble(REWARDS[p]);
      for (int j = 0; j < k; j++) {
        int[] tokens = RESPONSES[p][j];
        float[] sampled = new float[tokens.length - 1];
        double[] score = new double[WEIGHTS.length];
        double rho = 0;
        for (int i = 1; i < tokens.length; i++) {
          double logprob = addScore(tokens[i - 1], tokens[i], score);
          sampled[i - 1] = (float) (logprob - drift * (i % 3 - 0.5 + j));
          rho += logprob - sampled[i - 1];
        }
        double advantage = REWARDS[p][j] - b;
        double weight = 1.0 / (k * RESPONSES.length);
        loss += weight * Math.pow(advantage - TAU * rho, 2) / (2 * TAU);
        for (int i = 0; i < ascent.length; i++) {
          double gradRhoSquared = 2 * rho * score[i];
          ascent[i] += weight * (score[i] * advantage - TAU / 2 * gradRhoSquared);
          policyGradient[i] += weight * score[i] * advantage;
        }
        samples.add(TinyModels.sample(p + "#" + j, tokens, 1, sampled, (float) advantage, weight));
      }
    }
    var algorithm = new MirrorDescent(TAU, Baseline.MEAN, TEMPERATURE);
    var found = TinyModels.gradient(TWO_TOKENS, WEIGHTS, algorithm, samples);
    double[] descent = Arrays.stream(found.gradient()).map(g -> -g).toArray();
    assertEquals(loss, found.stats().loss(), 1e-6);
    assertArrayEquals(ascent, descent, 1e-6);
    double squaredTerm = TinyModels.distance(policyGradient, descent);
    assertTrue(drift == 0 ? squaredTerm < 1e-6 : squaredTerm > 0.1, "squared term " + squaredTerm);
  }

  /** Adds ∇ log π(next | token) and returns log π(next | token). */
  private static double addScore(int token, int next, double[] score) {
    double e = WEIGHTS[token];
    double root = Math.sqrt(e * e + EPS);
    double c = WEIGHTS[2] * e / root;
    double z0 = Math.exp(WEIGHTS[3] * c / TEMPERATURE);
    double z1 = Math.exp(WEIGHTS[4] * c / TEMPERATURE);
    double[] p = {z0 / (z0 + z1), z1 / (z0 + z1)};
    double dc = 0;
    for (int u = 0; u < 2; u++) {
      double dLogit = ((u == next ? 1 : 0) - p[u]) / TEMPERATURE;
      score[3 + u] += dLogit * c;
      dc += dLogit * WEIGHTS[3 + u];
    }
    score[2] += dc * e / root;
    score[token] += dc * WEIGHTS[2] * EPS / (root * root * root);
    return Math.log(p[next]);
  }

  /** The same with a real decoder, each ∇ log π from a supervised pass of its own. */
  @Test
  void decoderOffPolicy() {
    ModelShape shape = TinyModels.QWEN;
    double[] flat = TinyModels.weights(shape, 7);
    List<Sample> samples = TinyModels.samples(6, shape.vocab(), 8);
    double[] expected = new double[flat.length];
    for (Sample y : samples) {
      var alone = TinyModels.gradient(shape, flat, new Supervised(), List.of(y.weighted(1)));
      double rho = -alone.stats().loss();
      for (float logprob : y.sampling()) {
        rho -= logprob;
      }
      for (int i = 0; i < expected.length; i++) {
        double score = -alone.gradient()[i];
        expected[i] -= y.weight() * score * (y.advantage()[0] - TAU * rho);
      }
    }
    var found = TinyModels.gradient(shape, flat, new MirrorDescent(TAU, Baseline.MEAN, 1), samples);
    double distance = TinyModels.distance(expected, found.gradient());
    assertTrue(distance < 1e-6, "relative distance " + distance);
  }
}
