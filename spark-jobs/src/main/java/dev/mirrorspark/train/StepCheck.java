package dev.mirrorspark.train;

import dev.mirrorspark.config.LogprobGap;
import dev.mirrorspark.config.UserError;

/** What ends a phase before a step changes anything. */
final class StepCheck {
  private StepCheck() {}

  /**
   * Looks at a step's loss and gradient, and at the first step at the gap of log-probs.
   *
   * @throws UserError if the loss or the gradient is not finite, or sampling and training disagree
   */
  static void check(Phase phase, int step, StepStats stats, double norm) {
    String where = phase.name() + ", step " + step + ": ";
    if (!Double.isFinite(stats.loss()) || !Double.isFinite(norm)) {
      throw new UserError(
          where
              + (Double.isFinite(stats.loss()) ? "the gradient" : "the loss")
              + " is not finite (loss "
              + stats.loss()
              + ", gradient norm "
              + norm
              + ", learning rate "
              + phase.rates().get(step)
              + "); nothing of this step is kept; "
              + phase.mend());
    }
    double rate = phase.rates().get(step);
    if (rate / (1 - phase.adam().beta1()) > Float.MAX_VALUE) {
      throw new UserError(
          where
              + "leads to weights that are no fp32 number: a step of learning rate "
              + rate
              + " is not finite; nothing of this step is kept; "
              + phase.mend());
    }
    if (step == 0 && stats.gaps().tokens() > 0) {
      LogprobGaps gaps = stats.gaps();
      LogprobGap bounds = phase.bounds();
      bound(phase, where, gaps, "the mean", gaps.mean(), "mean", bounds.mean());
      bound(phase, where, gaps, "the 99th percentile", gaps.p99(), "p99", bounds.p99());
      bound(phase, where, gaps, "the largest", gaps.largest(), "max", bounds.max());
    }
  }

  private static void bound(
      Phase phase,
      String where,
      LogprobGaps gaps,
      String what,
      double value,
      String key,
      double bound) {
    if (!(value <= bound)) {
      String precision = phase.place().precision();
      throw new UserError(
          where
              + what
              + " of the differences between log-probs of sampling and the trainer's is "
              + value
              + ", more than train.max_logprob_gap."
              + key
              + " = "
              + bound
              + " in "
              + precision
              + " (largest at response "
              + gaps.largestKey()
              + "); nothing was written; the responses were sampled by other weights or in another"
              + " precision: roll out again, or raise the bound if "
              + precision
              + " explains it");
    }
  }

  /**
   * Looks at a shard of the weights after the last step.
   *
   * @param sum of all its elements
   * @throws UserError if a weight is not finite
   */
  static void weights(Phase phase, double sum) {
    if (!Double.isFinite(sum)) {
      throw new UserError(
          phase.name()
              + ": leads to a weight that is not finite (learning rate "
              + phase.rates().get(phase.steps() - 1)
              + "); nothing was written; "
              + phase.mend());
    }
  }
}
