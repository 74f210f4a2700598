package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.WeightSource;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.train.StepPlan.Counted;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * The update of one iteration (Kimi k1.5, 2.3.2) by the algorithm of the run: a function from
 * tables {@code training_set} and {@code trajectories} to weights.
 *
 * <p>The prompts are cut into {@code train.minibatches} disjoint sets, one optimizer step each, in
 * one pass; the reference π_i stays the policy that sampled. Adam's moments start at zero unless
 * {@code train.reset_optimizer} is false: then they are those of the newest earlier iteration that
 * took a step.
 */
public final class UpdateStage {
  private static final String PHASE = "rl-";

  private UpdateStage() {}

  /** A response to train on; {@code fault} says what is wrong with it, empty if nothing is. */
  private record Offered(Counted counted, String fault) implements Serializable {}

  /**
   * Trains from where an earlier process left off, and writes the weights. What is saved in between
   * stays on storage until {@link #release}.
   *
   * @param trainingSet table {@code training_set}
   * @param segments rows of {@code trajectories}: all segments of the responses that may train
   * @param start the policy π_i that sampled the responses
   * @param output where the weights go
   * @return {@link Trained#NOTHING} if the gate kept no response
   * @throws UserError if a response has no trajectory or lacks a log-prob, or a step fails; the
   *     message names the response
   */
  public static Trained run(
      JavaSparkContext spark,
      Dataset<Row> trainingSet,
      Dataset<Row> segments,
      RunConfig config,
      int iteration,
      WeightSource start,
      WeightOutput output,
      StepListener listener) {
    HashMap<String, Double> advantages = advantages(trainingSet, config.run(), iteration);
    if (advantages.isEmpty()) {
      return Trained.NOTHING;
    }
    Broadcast<HashMap<String, Double>> kept = spark.broadcast(advantages);
    JavaRDD<Sample> samples =
        TrainedResponses.read(segments, config, iteration, kept)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Offered> offered = TaskFailure.collect(samples.map(UpdateStage::offered));
      check(offered, advantages.keySet(), start.shape().maxPositions());
      var counted = offered.stream().map(Offered::counted).toList();
      var steps = minibatches(counted, config, iteration);
      List<Double> rates =
          IntStream.range(0, steps.size())
              .mapToObj(step -> LearningRates.constant(config.train(), step))
              .toList();
      var phase = phase(output, config, iteration, rates, start);
      var plan = StepPlan.of(steps, phase.algorithm(), config.update());
      return config.rollout().engine().corrects()
          ? corrected(spark, phase, plan, Corrected.of(config, start), samples, listener)
          : TrainPhase.run(spark, phase, plan, samples, listener);
    } finally {
      samples.unpersist(false);
    }
  }

  /** Trains on what another engine sampled. */
  private static Trained corrected(
      JavaSparkContext spark,
      Phase phase,
      StepPlan plan,
      Corrected correction,
      JavaRDD<Sample> given,
      StepListener listener) {
    JavaRDD<Sample> samples = correction.of(given).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Corrected.Seen seen =
          TaskFailure.collect(samples.map(correction::seen)).stream()
              .reduce(Corrected.Seen.NOTHING, Corrected.Seen::plus);
      return TrainPhase.run(spark, phase, plan, samples, listener).after(seen);
    } finally {
      samples.unpersist(false);
    }
  }

  /**
   * Deletes what was saved that nothing needs any more, once the iteration is committed: that of
   * all iterations up to it, but for the newest where the next iteration carries Adam's moments on.
   */
  public static void release(Storage storage, RunConfig config, int iteration) {
    Snapshots snapshots = snapshots(storage, config, iteration);
    List<String> done = new ArrayList<>(earlier(snapshots, iteration + 1));
    if (!config.train().resetOptimizer() && !done.isEmpty()) {
      done.remove(done.size() - 1);
    }
    done.forEach(phase -> snapshots.phase(phase).deleteAll());
  }

  private static Snapshots snapshots(Storage storage, RunConfig config, int iteration) {
    return Snapshots.of(storage, config.warehouse(), config.run(), name(iteration));
  }

  private static String name(int iteration) {
    return PHASE + "%05d".formatted(iteration);
  }

  /** Phases of iterations before this one, oldest first. */
  private static List<String> earlier(Snapshots snapshots, int iteration) {
    return snapshots.phases().stream()
        .filter(name -> name.startsWith(PHASE) && name.compareTo(name(iteration)) < 0)
        .toList();
  }

  private static Phase phase(
      WeightOutput output,
      RunConfig config,
      int iteration,
      List<Double> rates,
      WeightSource start) {
    Snapshots snapshots = snapshots(output.storage(), config, iteration);
    List<String> earlier = earlier(snapshots, iteration);
    boolean carries = !config.train().resetOptimizer();
    return new Phase(
        "iteration " + iteration,
        "update-step",
        iteration,
        "train.learning_rate",
        rates,
        config.model(),
        config.update(),
        config.train().adam(),
        Algorithm.of(config),
        config
            .train()
            .maxLogprobGap()
            .in(config.rollout().gapPrecision(config.model().precision())),
        start,
        List.of(),
        snapshots,
        carries && !earlier.isEmpty()
            ? List.of(snapshots.phase(earlier.get(earlier.size() - 1)))
            : List.of(),
        carries,
        output);
  }

  private static Column ofIteration(String run, int iteration) {
    return functions
        .col(TableSchema.RUN)
        .equalTo(run)
        .and(functions.col(Trajectories.ITERATION).equalTo(iteration));
  }

  /** The advantage of every response that trains, by its key. */
  private static HashMap<String, Double> advantages(
      Dataset<Row> trainingSet, String run, int iteration) {
    var advantages = new HashMap<String, Double>();
    trainingSet
        .where(ofIteration(run, iteration).and(functions.col(TrainingSet.KEPT)))
        .select(TrainingSet.BORN, TrainingSet.PROMPT_ID, TrainingSet.SAMPLE, TrainingSet.ADVANTAGE)
        .collectAsList()
        .forEach(row -> advantages.put(TrainedResponses.key(row, iteration), row.getDouble(3)));
    return advantages;
  }

  private static Offered offered(Sample sample) {
    return new Offered(Counted.of(sample), fault(sample));
  }

  private static String fault(Sample sample) {
    float[] logprobs = sample.sampling();
    if (logprobs.length != sample.responseLength()) {
      return "it has " + logprobs.length + " log-probs for " + sample.responseLength() + " tokens";
    }
    for (int i = 0; i < logprobs.length; i++) {
      if (!Float.isFinite(logprobs[i])) {
        return "the log-prob of its token " + i + " is missing";
      }
    }
    return logprobs.length == 0 ? "it has no token" : "";
  }

  private static void check(List<Offered> offered, Set<String> kept, int limit) {
    var found = new HashSet<String>();
    for (Offered response : offered) {
      String key = response.counted().key();
      int tokens = response.counted().tokens();
      String fault = response.fault();
      if (!found.add(key)) {
        fault = "it has more than one row";
      } else if (tokens > limit) {
        fault = "it has " + tokens + " tokens, the model takes " + limit;
      }
      if (!fault.isEmpty()) {
        throw fault(key, fault);
      }
    }
    for (String key : kept) {
      if (!found.contains(key)) {
        throw fault(key, "table training_set keeps it, but it has no row");
      }
    }
  }

  private static UserError fault(String key, String fault) {
    return new UserError(
        "table trajectories, response "
            + key
            + " (prompt_id#sample, @birth where it is older): "
            + fault
            + "; nothing was trained: restore the table to its version before this iteration");
  }

  /** Whole groups in an order of the iteration's own, cut evenly into minibatches. */
  static List<List<Counted>> minibatches(List<Counted> responses, RunConfig config, int iteration) {
    Map<String, List<Counted>> groups = new TreeMap<>();
    for (Counted response : responses) {
      groups.computeIfAbsent(response.group(), group -> new ArrayList<>()).add(response);
    }
    List<String> order = new ArrayList<>(groups.keySet());
    order.sort(
        Comparator.comparingLong((String id) -> Seeds.order(config.seed(), iteration, id))
            .thenComparing(Comparator.naturalOrder()));
    int count = Math.min(config.train().minibatches(), order.size());
    List<List<Counted>> steps = new ArrayList<>();
    for (int m = 0; m < count; m++) {
      int from = (int) ((long) order.size() * m / count);
      int to = (int) ((long) order.size() * (m + 1) / count);
      steps.add(order.subList(from, to).stream().flatMap(id -> groups.get(id).stream()).toList());
    }
    return steps;
  }
}
