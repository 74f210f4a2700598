package dev.mirrorspark.algorithm;

import java.util.Arrays;
import java.util.List;

/**
 * Direct preference optimisation (Rafailov et al., 2023, eq. 7; Kimi k1.5, 2.4): by pair, w·−log
 * σ(β·(ρ⁺ − ρ⁻)), with ρ the log-ratio of a whole response to the reference policy, ρ⁺ of the
 * chosen and ρ⁻ of the rejected one.
 *
 * <p>A unit is a pair: {@link Streams#sampling} holds the log-probs under the reference policy, the
 * advantage is above 0 for the chosen response and below for the rejected one.
 *
 * @param beta β, above 0
 */
public record Dpo(double beta, double temperature) implements Algorithm {

  @Override
  public Kept kept() {
    return Kept.ALL;
  }

  /** The reward: pairs come with their sides. */
  @Override
  public double credit(double reward, double[] group) {
    return reward;
  }

  /** 1 / (pairs of the step). */
  @Override
  public double weight(Share share) {
    return 1.0 / share.groups();
  }

  @Override
  public boolean wholeGroups() {
    return true;
  }

  @Override
  public double loss(List<Streams> unit, float[][] logprobs, float[][] slopes) {
    if (unit.size() != 2 || side(unit.get(0)) + side(unit.get(1)) != 0) {
      throw new IllegalArgumentException("no pair: " + unit.size() + " responses");
    }
    double margin = 0;
    for (int r = 0; r < unit.size(); r++) {
      double ratio = 0;
      for (int i = 0; i < logprobs[r].length; i++) {
        ratio += (double) logprobs[r][i] - unit.get(r).sampling()[i];
      }
      margin += side(unit.get(r)) * ratio;
    }
    double weight = unit.get(0).weight();
    double scaled = beta * margin;
    double doubt = 1 / (1 + Math.exp(scaled)); // σ(−β·margin)
    for (int r = 0; r < unit.size(); r++) {
      Arrays.fill(slopes[r], (float) (-weight * beta * side(unit.get(r)) * doubt));
    }
    double softplus = Math.max(0, -scaled) + Math.log1p(Math.exp(-Math.abs(scaled)));
    return weight * softplus;
  }

  private static int side(Streams response) {
    return response.advantage()[0] > 0 ? 1 : -1;
  }
}
