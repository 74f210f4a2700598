package dev.mirrorspark.algorithm;

import java.util.List;

/**
 * On-policy distillation (Agarwal et al., 2024; Gu et al., 2024): the policy samples, a teacher
 * says how likely it finds each token. By token, −w·e^ρ·A, with ρ the log-ratio to the policy that
 * sampled and A = log π_teacher − log π_i of the sampled token: minus the token's part of the
 * reverse KL divergence KL(π_i‖π_teacher), of which the gradient at π = π_i is the expectation.
 *
 * <p>Rewards play no part: a response is as good as the teacher finds its tokens.
 */
public record Distill(double temperature) implements Algorithm {

  @Override
  public Kept kept() {
    return Kept.ALL;
  }

  /** The reward less the mean: for the table alone, the trainer puts the teacher's in its place. */
  @Override
  public double credit(double reward, double[] group) {
    return reward - Baseline.MEAN.of(group, 1);
  }

  /** 1 / (tokens of the step with loss). */
  @Override
  public double weight(Share share) {
    return 1.0 / share.stepTokens();
  }

  @Override
  public double loss(List<Streams> unit, float[][] logprobs, float[][] slopes) {
    double loss = 0;
    for (int r = 0; r < logprobs.length; r++) {
      Streams response = unit.get(r);
      for (int i = 0; i < logprobs[r].length; i++) {
        double ratio = Math.exp((double) logprobs[r][i] - response.sampling()[i]);
        double part = -response.weight() * ratio * response.advantage()[i];
        loss += part;
        slopes[r][i] = (float) part;
      }
    }
    return loss;
  }
}
