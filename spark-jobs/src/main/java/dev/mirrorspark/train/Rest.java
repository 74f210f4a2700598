package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.train.StepBatches.Planned;
import java.util.List;

/**
 * ReST, or expert iteration: the trainer that Kimi k1.5 compares its mirror descent with. It fits
 * the policy to its own correct responses and learns nothing from the wrong ones: no baseline, no
 * negative gradients, no log-ratio term. {@code train.method: rest} chooses it; the gate leaves the
 * correct responses, and everything around the loss is as in mirror descent.
 */
final class Rest {
  private Rest() {}

  /** The likelihood that the policy gives to the responses at the temperature they came from. */
  static Objective objective(RunConfig config) {
    return new Objective.Supervised(config.rollout().temperature());
  }

  /** As in the supervised warm-up, a step minimises the mean over its response tokens. */
  static List<Planned> weigh(List<UpdateStage.Response> step) {
    long total = step.stream().mapToLong(UpdateStage.Response::lossTokens).sum();
    return step.stream()
        .filter(r -> r.lossTokens() > 0)
        .map(r -> new Planned(r.key(), r.tokens(), 1.0 / total))
        .toList();
  }
}
