package dev.mirrorspark.algorithm;

import java.util.List;

/**
 * Group relative policy optimisation (Shao et al., 2024, DeepSeekMath, eq. 3), the baseline that
 * most systems have: by token, w·[ −min(e^ρ·A, clip(e^ρ, 1 − low, 1 + high)·A) + kl·k3 ], with ρ
 * the token's log-ratio to the policy that sampled it, A = (r − mean) / (std + 1e-6) over the
 * group, and k3 = e^{−ρ} + ρ − 1, the estimate of KL(π‖π_i) that the paper uses, here against the
 * policy that sampled, which is the reference policy of the iteration.
 *
 * @param clipLow distance below 1 at which the ratio is clipped
 * @param clipHigh distance above 1, larger for "clip higher" (Yu et al., 2025, DAPO)
 * @param kl weight of the divergence; 0: none
 * @param normalise whether the advantage is divided by the standard deviation of the group (with n
 *     − 1); without, it is that of Dr. GRPO (Liu et al., 2025)
 */
public record Grpo(
    double clipLow, double clipHigh, double kl, boolean normalise, double temperature)
    implements Algorithm {
  /** Added to the standard deviation of a group. */
  public static final double EPSILON = 1e-6;

  @Override
  public Kept kept() {
    return Kept.GROUPS_WITH_SIGNAL;
  }

  @Override
  public double credit(double reward, double[] group) {
    double centred = reward - Baseline.MEAN.of(group, 1);
    return normalise ? centred / (deviation(group) + EPSILON) : centred;
  }

  private static double deviation(double[] group) {
    double mean = Baseline.MEAN.of(group, 1);
    double squares = 0;
    for (double reward : group) {
      squares += (reward - mean) * (reward - mean);
    }
    return group.length < 2 ? 0 : Math.sqrt(squares / (group.length - 1));
  }

  /** 1 / (tokens of the response · kept responses of its group · groups of the step). */
  @Override
  public double weight(Share share) {
    return 1.0 / ((double) share.lossTokens() * share.group() * share.groups());
  }

  @Override
  public double loss(List<Streams> unit, float[][] logprobs, float[][] slopes) {
    double loss = 0;
    for (int r = 0; r < logprobs.length; r++) {
      Streams response = unit.get(r);
      for (int i = 0; i < logprobs[r].length; i++) {
        double ratio = (double) logprobs[r][i] - response.sampling()[i];
        double advantage = response.advantage()[i];
        double surrogate = Math.exp(ratio) * advantage;
        double clipped = Math.min(Math.max(Math.exp(ratio), 1 - clipLow), 1 + clipHigh) * advantage;
        double slope = surrogate <= clipped ? -surrogate : 0;
        double divergence = Math.exp(-ratio) + ratio - 1;
        loss += response.weight() * (kl * divergence - Math.min(surrogate, clipped));
        slopes[r][i] = (float) (response.weight() * (slope + kl * (1 - Math.exp(-ratio))));
      }
    }
    return loss;
  }
}
