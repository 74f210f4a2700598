package dev.mirrorspark.algorithm;

import dev.mirrorspark.config.UserError;
import java.util.Locale;

/**
 * What is taken from the rewards of a group to give advantages (Kimi k1.5, 2.3.2): an estimate of τ
 * log Z over the k responses to a prompt.
 */
public enum Baseline {
  /** The mean reward, the paper's practical choice. */
  MEAN {
    @Override
    public double of(double[] rewards, double tau) {
      double sum = 0;
      for (double reward : rewards) {
        sum += reward;
      }
      return sum / rewards.length;
    }
  },

  /** τ · log( (1/k) · Σ exp(r/τ) ). */
  LOG_Z {
    @Override
    public double of(double[] rewards, double tau) {
      double highest = Double.NEGATIVE_INFINITY;
      for (double reward : rewards) {
        highest = Math.max(highest, reward);
      }
      double sum = 0;
      for (double reward : rewards) {
        sum += StrictMath.exp((reward - highest) / tau); // at most 1: no overflow for small τ
      }
      return highest + tau * StrictMath.log(sum / rewards.length);
    }
  };

  /**
   * The baseline of a group.
   *
   * @param rewards r(x, y, y*) of its responses, at least one; summed in this order
   * @param tau the paper's τ, above 0
   */
  public abstract double of(double[] rewards, double tau);

  /**
   * The baseline of a run file: {@code mean} or {@code log_z}.
   *
   * @throws UserError for any other name
   */
  public static Baseline named(String name) {
    for (Baseline baseline : values()) {
      if (baseline.name().toLowerCase(Locale.ROOT).equals(name)) {
        return baseline;
      }
    }
    throw new UserError("train.baseline: " + name + " is not accepted; use mean or log_z");
  }
}
