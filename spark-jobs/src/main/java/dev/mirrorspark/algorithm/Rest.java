package dev.mirrorspark.algorithm;

import java.util.List;

/**
 * ReST, or expert iteration: the trainer that Kimi k1.5 compares its mirror descent with. It fits
 * the policy to its own correct responses, at the temperature they came from, and learns nothing
 * from the wrong ones: no baseline, no negative gradients, no log-ratio term.
 */
public record Rest(double temperature) implements Algorithm {

  @Override
  public Kept kept() {
    return Kept.CORRECT;
  }

  /** The reward less the mean: for the table alone, the loss does not look at it. */
  @Override
  public double credit(double reward, double[] group) {
    return reward - Baseline.MEAN.of(group, 1);
  }

  @Override
  public double weight(Share share) {
    return new Supervised(temperature).weight(share);
  }

  @Override
  public double loss(List<Streams> unit, float[][] logprobs, float[][] slopes) {
    return new Supervised(temperature).loss(unit, logprobs, slopes);
  }
}
