package dev.mirrorspark.train;

import dev.mirrorspark.train.OptimizerStep.Setup;
import dev.mirrorspark.train.StepBatches.PartitionBatches;
import dev.mirrorspark.train.StepStore.Marker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;

/** The steps of one phase, from where an earlier process left off. */
final class TrainPhase {
  private TrainPhase() {}

  /**
   * Takes the steps that are not complete yet.
   *
   * @param begin weights and moments before the first step
   * @param batches lays out the sequences; asked only if a step is left
   * @param learningRate of each step
   */
  static Trained run(
      StepStore store,
      TrainState begin,
      Setup setup,
      int steps,
      Supplier<JavaRDD<PartitionBatches>> batches,
      IntToDoubleFunction learningRate,
      StepListener listener) {
    listener.begins();
    List<Marker> complete = new ArrayList<>(store.resume());
    if (complete.size() < steps) {
      JavaRDD<PartitionBatches> laid = batches.get();
      try {
        while (complete.size() < steps) {
          int step = complete.size();
          double rate = learningRate.applyAsDouble(step);
          TrainState before = state(store, begin, complete);
          complete.add(OptimizerStep.take(laid, store, before, setup, step, rate));
          listener.completed(complete.get(step).step(), steps);
        }
      } finally {
        laid.unpersist(false);
      }
    }
    return new Trained(
        state(store, begin, complete).weights(), complete.stream().map(Marker::step).toList());
  }

  private static TrainState state(StepStore store, TrainState begin, List<Marker> complete) {
    return complete.isEmpty()
        ? begin
        : new TrainState.Stepped(store, complete.get(complete.size() - 1), begin.weights().shape());
  }
}
