package dev.mirrorspark.algorithm;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Makes up for the difference between the engine that sampled a response and the trainer: both
 * compute one policy π_i, but with other arithmetic, so that the tokens come from μ and not from
 * π_i. What the gradient has of a token is multiplied by a weight, a constant in the derivative:
 *
 * <ul>
 *   <li>truncate: c_t = min(π_i(y_t) / μ(y_t), C), the truncated importance ratio of the token (Yao
 *       et al., 2025, "Your efficient RL framework secretly brings you off-policy RL training"; the
 *       truncation is Ionides', 2008);
 *   <li>mask: c_t = 1 for every token if low ≤ Π_t π_i(y_t) / μ(y_t) ≤ high, else 0: a response
 *       that the two find so differently likely does not train.
 * </ul>
 *
 * <p>With c_t = 1 throughout there is no correction.
 */
public sealed interface Correction extends Serializable {

  /**
   * The weights of a response's tokens {@code [tokens]}.
   *
   * @param trainer log π_i(y_t) by the trainer's arithmetic, nats {@code [tokens]}
   * @param engine log μ(y_t) as the engine gave it, nats {@code [tokens]}
   */
  float[] weights(float[] trainer, float[] engine);

  /** Whether a weight is one that the correction cut. */
  boolean cut(float weight);

  /**
   * The correction of that name.
   *
   * @param cap C of {@code truncate}
   * @param low of {@code mask}
   * @param high of {@code mask}
   */
  static Correction named(String name, double cap, double low, double high) {
    return switch (name) {
      case "truncate" -> new Truncate(cap);
      case "mask" -> new Mask(low, high);
      default -> throw new IllegalArgumentException("no correction " + name);
    };
  }

  /**
   * Truncated importance weights, a token each.
   *
   * @param cap C, at least 1
   */
  record Truncate(double cap) implements Correction {
    @Override
    public float[] weights(float[] trainer, float[] engine) {
      float[] weights = new float[trainer.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) Math.min(Math.exp((double) trainer[i] - engine[i]), cap);
      }
      return weights;
    }

    @Override
    public boolean cut(float weight) {
      return weight >= (float) cap;
    }
  }

  /**
   * Whole responses train or do not.
   *
   * @param low smallest ratio that trains, at most 1
   * @param high largest, at least 1
   */
  record Mask(double low, double high) implements Correction {
    @Override
    public float[] weights(float[] trainer, float[] engine) {
      double sum = 0;
      for (int i = 0; i < trainer.length; i++) {
        sum += (double) trainer[i] - engine[i];
      }
      double ratio = Math.exp(sum);
      float[] weights = new float[trainer.length];
      Arrays.fill(weights, ratio >= low && ratio <= high ? 1 : 0);
      return weights;
    }

    @Override
    public boolean cut(float weight) {
      return weight == 0;
    }
  }
}
