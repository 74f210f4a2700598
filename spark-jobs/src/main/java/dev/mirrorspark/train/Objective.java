package dev.mirrorspark.train;

import java.io.Serializable;

/** What a step minimises, as a function of the log-prob of each response. */
public sealed interface Objective extends Serializable
    permits Objective.Supervised, Objective.MirrorDescent {

  /** Temperature at which log-probs are taken. */
  double temperature();

  /**
   * Negative log-likelihood of the responses (Kimi k1.5, 2.5.2): −w·log π(y|x), with the sequence
   * weight w = 1 / (response tokens of the step), so that a step minimises the mean over tokens.
   */
  record Supervised(double temperature) implements Objective {
    /** At temperature 1, for responses that no policy sampled. */
    public Supervised() {
      this(1);
    }
  }

  /**
   * Online policy mirror descent (Kimi k1.5, 2.3.2): w·(A − τ·ρ)² / (2τ), with A the reward minus
   * the baseline and ρ = log π(y|x) − log π_i(y|x), the log-ratio of the whole response. Its
   * gradient is minus eq. 3 of the paper for w = 1/k, averaged over the prompts of the step.
   */
  record MirrorDescent(double tau, double temperature) implements Objective {}
}
