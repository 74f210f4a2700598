package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.config.LogprobGap;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.policy.WeightSource;
import java.io.Serializable;
import java.util.List;

/**
 * What is the same for all steps of an update or of the warm-up.
 *
 * @param name names it in errors, such as {@code iteration 3}
 * @param fault the fault point that each step passes
 * @param iteration of the fault point
 * @param rateKey key of the learning rate in the run file
 * @param rates learning rate of each step
 * @param bounds of the gap of log-probs at the first step
 * @param start the weights before the first step
 * @param shapes the shape with which each step computes; empty: that of the start
 * @param snapshots where it is saved while it runs
 * @param carried where an earlier phase left the moments that this one goes on with: one or none
 * @param keepsMoments whether a later phase may go on with its own
 * @param output where the weights are written after the last step
 */
record Phase(
    String name,
    String fault,
    int iteration,
    String rateKey,
    List<Double> rates,
    RunConfig.Model place,
    RunConfig.Update update,
    RunConfig.Adam adam,
    Algorithm algorithm,
    LogprobGap bounds,
    WeightSource start,
    List<ModelShape> shapes,
    Snapshots snapshots,
    List<Snapshots> carried,
    boolean keepsMoments,
    WeightOutput output)
    implements Serializable {

  /** Number of steps. */
  int steps() {
    return rates.size();
  }

  /** The shape with which a step computes. */
  ModelShape shape(int step) {
    return shapes.isEmpty() ? start.shape() : shapes.get(step);
  }

  /** The shape of the policy after the last step. */
  ModelShape lastShape() {
    return shape(shapes.size() - 1);
  }

  /** What a user can do where a step goes astray. */
  String mend() {
    return "lower %s or start from other weights, in another run (--set run=NAME)"
        .formatted(rateKey);
  }
}
