package dev.mirrorspark.algorithm;

import java.util.Arrays;
import java.util.List;

/**
 * Negative log-likelihood of given responses (Kimi k1.5, 2.5.2): a step minimises the mean over its
 * response tokens. For the warm-up, where nothing is rewarded.
 */
public record Supervised(double temperature) implements Algorithm {

  /** At temperature 1, for responses that no policy sampled. */
  public Supervised() {
    this(1);
  }

  @Override
  public Kept kept() {
    return Kept.CORRECT;
  }

  @Override
  public double credit(double reward, double[] group) {
    return reward;
  }

  @Override
  public double weight(Share share) {
    return 1.0 / share.stepTokens();
  }

  @Override
  public double loss(List<Streams> unit, float[][] logprobs, float[][] slopes) {
    double loss = 0;
    for (int r = 0; r < logprobs.length; r++) {
      double sum = 0;
      for (float logprob : logprobs[r]) {
        sum += logprob;
      }
      double weight = unit.get(r).weight();
      loss -= weight * sum;
      Arrays.fill(slopes[r], (float) -weight);
    }
    return loss;
  }
}
