package dev.mirrorspark.algorithm;

import java.util.List;

/**
 * Online policy mirror descent (Kimi k1.5, 2.3.2): w·(A − τ·ρ)² / (2τ), with A the reward minus the
 * baseline and ρ = log π(y|x) − log π_i(y|x), the log-ratio of the whole response. Its gradient is
 * minus eq. 3 of the paper for w = 1/k, averaged over the prompts of the step.
 *
 * <p>ρ is summed over differences of log-probs, token by token, in fp64: over 131,072 tokens the
 * difference of two fp32 sums is off by more than the log-ratio itself.
 *
 * @param tau the paper's τ, above 0
 * @param baseline what is taken from the rewards
 */
public record MirrorDescent(double tau, Baseline baseline, double temperature)
    implements Algorithm {

  @Override
  public Kept kept() {
    return Kept.GROUPS_WITH_SIGNAL;
  }

  @Override
  public double credit(double reward, double[] group) {
    return reward - baseline.of(group, tau);
  }

  /** 1 / (kept responses of its group · groups of the step). */
  @Override
  public double weight(Share share) {
    return 1.0 / ((double) share.group() * share.groups());
  }

  @Override
  public double loss(List<Streams> unit, float[][] logprobs, float[][] slopes) {
    double loss = 0;
    for (int r = 0; r < logprobs.length; r++) {
      Streams response = unit.get(r);
      double ratio = 0;
      for (int i = 0; i < logprobs[r].length; i++) {
        ratio += (double) logprobs[r][i] - response.sampling()[i];
      }
      double advantage = logprobs[r].length == 0 ? 0 : response.advantage()[0];
      double residual = advantage - tau * ratio;
      loss += response.weight() * residual * residual / (2 * tau);
      java.util.Arrays.fill(slopes[r], (float) (-response.weight() * residual));
    }
    return loss;
  }
}
