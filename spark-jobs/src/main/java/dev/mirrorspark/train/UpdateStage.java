package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.FolderWeights;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.train.OptimizerStep.Setup;
import dev.mirrorspark.train.StepBatches.Planned;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * The update of one iteration by online policy mirror descent (Kimi k1.5, 2.3.2), or by {@link
 * Rest}: a function from tables {@code training_set} and {@code trajectories} to weights.
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
  record Response(String key, String prompt, int tokens, int lossTokens, String fault)
      implements Serializable {}

  /**
   * Trains from where an earlier process left off. The shards of the last step stay on storage
   * until {@link #release}.
   *
   * @param trainingSet table {@code training_set}
   * @param segments rows of {@code trajectories}: all segments of the responses that may train
   * @param start the policy π_i that sampled the responses
   * @return no steps and the weights of {@code start} if the gate kept no response
   * @throws UserError if a response has no trajectory or lacks a log-prob, or a step fails; the
   *     message names the response
   */
  public static Trained run(
      JavaSparkContext spark,
      Dataset<Row> trainingSet,
      Dataset<Row> segments,
      RunConfig config,
      int iteration,
      FolderWeights start,
      StepListener listener) {
    HashMap<String, Double> advantages = advantages(trainingSet, config.run(), iteration);
    if (advantages.isEmpty()) {
      return new Trained(start, List.of());
    }
    Broadcast<HashMap<String, Double>> kept = spark.broadcast(advantages);
    JavaRDD<TrainSequence> sequences =
        TrainedResponses.read(segments, config, iteration, kept)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Response> responses = TaskFailure.collect(sequences.map(UpdateStage::index));
      check(responses, advantages.keySet(), start.shape().maxPositions());
      List<List<Planned>> steps = minibatches(responses, config, iteration);
      int partitions = config.update().partitions();
      StepStore store = store(spark, config, iteration);
      return TrainPhase.run(
          store,
          begin(store, config, iteration, start),
          setup(config, iteration),
          steps.size(),
          () -> StepBatches.lay(spark, sequences, StepBatches.plan(steps, partitions), partitions),
          step -> LearningRates.constant(config.train(), step),
          listener);
    } finally {
      sequences.unpersist(false);
    }
  }

  /**
   * Deletes the step shards that nothing needs any more, once the iteration is committed: those of
   * all iterations up to it, but for the newest where the next iteration carries Adam's moments on.
   */
  public static void release(JavaSparkContext spark, RunConfig config, int iteration) {
    StepStore store = store(spark, config, iteration);
    List<String> done = new ArrayList<>(earlier(store, iteration + 1));
    if (!config.train().resetOptimizer() && !done.isEmpty()) {
      done.remove(done.size() - 1);
    }
    done.forEach(phase -> store.phase(phase).deleteAll());
  }

  private static StepStore store(JavaSparkContext spark, RunConfig config, int iteration) {
    return StepStore.open(spark, config.warehouse(), config.run(), phase(iteration));
  }

  private static String phase(int iteration) {
    return PHASE + "%05d".formatted(iteration);
  }

  /** Phases of iterations before this one, oldest first. */
  private static List<String> earlier(StepStore store, int iteration) {
    return store.phases().stream()
        .filter(name -> name.startsWith(PHASE) && name.compareTo(phase(iteration)) < 0)
        .toList();
  }

  private static TrainState begin(
      StepStore store, RunConfig config, int iteration, FolderWeights start) {
    List<String> earlier = earlier(store, iteration);
    if (config.train().resetOptimizer() || earlier.isEmpty()) {
      return new TrainState.Fresh(start);
    }
    StepStore previous = store.phase(earlier.get(earlier.size() - 1));
    var markers = previous.resume();
    return markers.isEmpty()
        ? new TrainState.Fresh(start)
        : new TrainState.Carried(start, previous, markers.get(markers.size() - 1));
  }

  private static Setup setup(RunConfig config, int iteration) {
    return new Setup(
        "iteration " + iteration,
        "train.learning_rate",
        config.model(),
        config.update(),
        config.train().adam(),
        objective(config),
        config.train().maxLogprobGap());
  }

  private static Objective objective(RunConfig config) {
    return config.train().rest()
        ? Rest.objective(config)
        : new Objective.MirrorDescent(config.train().tau(), config.rollout().temperature());
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

  private static Response index(TrainSequence sequence) {
    String prompt = sequence.key().substring(0, sequence.key().lastIndexOf('#'));
    return new Response(
        sequence.key(), prompt, sequence.tokens().length, sequence.lossLength(), fault(sequence));
  }

  private static String fault(TrainSequence sequence) {
    float[] logprobs = sequence.samplingLogprobs();
    if (logprobs.length != sequence.responseLength()) {
      return "it has "
          + logprobs.length
          + " log-probs for "
          + sequence.responseLength()
          + " tokens";
    }
    for (int i = 0; i < logprobs.length; i++) {
      if (!Float.isFinite(logprobs[i])) {
        return "the log-prob of its token " + i + " is missing";
      }
    }
    return logprobs.length == 0 ? "it has no token" : "";
  }

  private static void check(List<Response> responses, Set<String> kept, int limit) {
    var found = new HashSet<String>();
    for (Response response : responses) {
      String fault = response.fault();
      if (!found.add(response.key())) {
        fault = "it has more than one row";
      } else if (response.tokens() > limit) {
        fault = "it has " + response.tokens() + " tokens, the model takes " + limit;
      }
      if (!fault.isEmpty()) {
        throw fault(response.key(), fault);
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

  /** Whole prompts in an order of the iteration's own, cut evenly into minibatches. */
  static List<List<Planned>> minibatches(
      List<Response> responses, RunConfig config, int iteration) {
    Map<String, List<Response>> groups = new TreeMap<>();
    for (Response response : responses) {
      groups.computeIfAbsent(response.prompt(), prompt -> new ArrayList<>()).add(response);
    }
    List<String> order = new ArrayList<>(groups.keySet());
    order.sort(
        Comparator.comparingLong((String id) -> Seeds.order(config.seed(), iteration, id))
            .thenComparing(Comparator.naturalOrder()));
    int count = Math.min(config.train().minibatches(), order.size());
    List<List<Planned>> steps = new ArrayList<>();
    for (int m = 0; m < count; m++) {
      int from = (int) ((long) order.size() * m / count);
      int to = (int) ((long) order.size() * (m + 1) / count);
      List<List<Response>> step = order.subList(from, to).stream().map(groups::get).toList();
      steps.add(
          config.train().rest()
              ? Rest.weigh(step.stream().flatMap(List::stream).toList())
              : weigh(step));
    }
    return steps;
  }

  /**
   * A response weighs 1 / (kept responses of its prompt · prompts of its minibatch), also where
   * another one of its group has no token with loss.
   */
  private static List<Planned> weigh(List<List<Response>> prompts) {
    List<Planned> step = new ArrayList<>();
    for (List<Response> group : prompts) {
      double weight = 1.0 / ((double) group.size() * prompts.size());
      group.stream()
          .filter(r -> r.lossTokens() > 0)
          .forEach(r -> step.add(new Planned(r.key(), r.tokens(), weight)));
    }
    return step;
  }
}
