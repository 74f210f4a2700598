package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.PolicyHost;
import dev.mirrorspark.decode.WeightSource;
import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.train.GradientReduce.Part;
import dev.mirrorspark.train.GradientReduce.Sum;
import dev.mirrorspark.train.ShardFile.Shard;
import dev.mirrorspark.train.StepBatches.PartitionBatches;
import dev.mirrorspark.train.StepStore.Marker;
import java.io.Serializable;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.bytedeco.javacpp.PointerScope;

/**
 * One optimizer step as two Spark jobs: the gradient of every partition, summed by {@link
 * GradientReduce}, whose norm the driver looks at; then AdamW on every shard of the same sum.
 *
 * <p>A step whose loss or gradient is not finite, or whose first look at the responses disagrees
 * with the sampler, ends between the two jobs: nothing is written.
 */
final class OptimizerStep {
  private OptimizerStep() {}

  /**
   * What is the same for all steps of a phase.
   *
   * @param name names the phase in errors, such as {@code iteration 3}
   * @param rateKey key of the learning rate in the run file
   * @param maxLogprobGap largest allowed difference between a sampling and a trainer log-prob at
   *     the first step, nats
   */
  record Setup(
      String name,
      String rateKey,
      RunConfig.Model place,
      RunConfig.Update update,
      RunConfig.Adam adam,
      Objective objective,
      double maxLogprobGap)
      implements Serializable {

    private String mend() {
      return "lower %s or start from other weights, in another run (--set run=NAME)"
          .formatted(rateKey);
    }
  }

  private record Written(int checksum, double seconds) implements Serializable {}

  /**
   * Takes the step and writes its result to the store.
   *
   * @throws UserError if the loss or the gradient is not finite, or sampling and training disagree
   */
  static Marker take(
      JavaRDD<PartitionBatches> batches,
      StepStore store,
      TrainState before,
      Setup setup,
      int step,
      double learningRate) {
    WeightSource weights = before.weights();
    long parameters = ParameterLayout.of(weights.shape()).size();
    JavaRDD<Part> parts = batches.flatMap(partition -> gradient(partition, weights, setup, step));
    JavaRDD<Sum> sums =
        GradientReduce.sum(parts, parameters, setup.update().shards())
            .persist(StorageLevel.MEMORY_ONLY());
    try {
      return descend(sums, store, before, setup, step, learningRate);
    } finally {
      sums.unpersist(false);
    }
  }

  private static Marker descend(
      JavaRDD<Sum> sums,
      StepStore store,
      TrainState before,
      Setup setup,
      int step,
      double learningRate) {
    long start = System.nanoTime();
    long parameters = ParameterLayout.of(before.weights().shape()).size();
    var shards = new Shards(parameters, setup.update().shards());
    List<Sum> seen = TaskFailure.collect(sums.map(OptimizerStep::withoutValues));
    double norm = Math.sqrt(seen.stream().mapToDouble(Sum::squares).sum());
    StepStats stats = seen.get(0).stats();
    check(stats, norm, setup, step, learningRate);

    double clip = AdamW.clip(norm, setup.adam().clipNorm());
    int adamSteps = before.adamSteps() + 1;
    List<Written> written =
        TaskFailure.collect(
            sums.map(
                sum ->
                    update(
                        sum,
                        before.shard(sum.shard(), shards, setup.place()),
                        clip,
                        learningRate,
                        adamSteps,
                        setup,
                        store,
                        step)));
    int cores = sums.context().defaultParallelism();
    double modelSeconds =
        fullUse(seen.get(0).modelSeconds(), cores)
            + fullUse(written.stream().map(Written::seconds).toList(), cores);
    double seconds = (System.nanoTime() - start) * 1e-9;
    var marker =
        new Marker(
            record(step, stats, norm, learningRate, seconds, modelSeconds, setup.objective()),
            adamSteps,
            shards.parameters(),
            written.stream().mapToInt(Written::checksum).toArray());
    store.complete(marker);
    return marker;
  }

  private static Iterator<Part> gradient(
      PartitionBatches partition, WeightSource weights, Setup setup, int step) {
    List<TrainSequence> sequences = partition.step(step);
    if (sequences.isEmpty()) {
      return List.<Part>of().iterator();
    }
    try (var lease = PolicyHost.lease(weights, setup.place());
        var scope = new PointerScope();
        var parameters = Parameters.trainable(lease.shape(), lease.flat());
        var decoder = new Decoder(parameters)) {
      long start = System.nanoTime();
      StepStats stats =
          PartitionGradient.accumulate(
              parameters,
              decoder,
              setup.objective(),
              sequences,
              setup.update().rowTokens(),
              setup.update().microBatchTokens());
      float[] values = Tensors.floats(parameters.gradient());
      double seconds = (System.nanoTime() - start) * 1e-9;
      return List.of(new Part(partition.partition(), values, stats, seconds)).iterator();
    }
  }

  private static Sum withoutValues(Sum sum) {
    return new Sum(sum.shard(), new float[0], sum.squares(), sum.stats(), sum.modelSeconds());
  }

  private static void check(
      StepStats stats, double norm, Setup setup, int step, double learningRate) {
    String where = setup.name() + ", step " + step + ": ";
    if (!Double.isFinite(stats.loss()) || !Double.isFinite(norm)) {
      throw new UserError(
          where
              + (Double.isFinite(stats.loss()) ? "the gradient" : "the loss")
              + " is not finite (loss "
              + stats.loss()
              + ", gradient norm "
              + norm
              + ", learning rate "
              + learningRate
              + "); nothing of this step was written; "
              + setup.mend());
    }
    if (step == 0 && stats.gapTokens() > 0 && !(stats.largestGap() <= setup.maxLogprobGap())) {
      throw new UserError(
          where
              + "response "
              + stats.largestGapKey()
              + ": a log-prob of sampling and the trainer's differ by "
              + stats.largestGap()
              + ", more than train.max_logprob_gap = "
              + setup.maxLogprobGap()
              + "; nothing was written; the responses were sampled by other weights or in another"
              + " precision: roll out again, or raise the bound if the precision explains it");
    }
  }

  private static Written update(
      Sum sum,
      Shard shard,
      double clip,
      double learningRate,
      int adamSteps,
      Setup setup,
      StepStore store,
      int step) {
    long start = System.nanoTime();
    AdamW.step(
        shard.weights(),
        shard.first(),
        shard.second(),
        sum.values(),
        clip,
        learningRate,
        adamSteps,
        setup.adam());
    for (float weight : shard.weights()) {
      if (!Float.isFinite(weight)) {
        throw new UserError(
            "%s, step %d: leads to a weight that is not finite (learning rate %s); the step was not"
                    .formatted(setup.name(), step, learningRate)
                + " completed; "
                + setup.mend());
      }
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    long attempt = TaskContext.get().taskAttemptId();
    return new Written(store.write(step, sum.shard(), attempt, shard), seconds);
  }

  /** Wall time of work that takes these times in tasks, with every core at work throughout. */
  private static double fullUse(List<Double> seconds, int cores) {
    double total = seconds.stream().mapToDouble(Double::doubleValue).sum();
    double slowest = seconds.stream().max(Comparator.naturalOrder()).orElse(0.0);
    return Math.max(slowest, total / cores);
  }

  private static StepRecord record(
      int step,
      StepStats stats,
      double norm,
      double learningRate,
      double seconds,
      double modelSeconds,
      Objective objective) {
    boolean ratios = objective instanceof Objective.MirrorDescent;
    boolean sampled = stats.gapTokens() > 0;
    return new StepRecord(
        step,
        stats.loss(),
        norm,
        learningRate,
        stats.sequences(),
        stats.tokens(),
        ratios ? stats.ratioRms() : Double.NaN,
        ratios ? -stats.ratios() / stats.sequences() : Double.NaN,
        sampled ? stats.gaps() / stats.gapTokens() : Double.NaN,
        sampled ? stats.largestGap() : Double.NaN,
        seconds,
        modelSeconds);
  }
}
