package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Dpo;
import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.table.PreferencePairs;
import dev.mirrorspark.train.StepPlan.Counted;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Training on chosen responses out of table {@code trajectories} (Kimi k1.5, 2.4): fitting the
 * policy to them, or preferring one of a pair. Steps and learning rates are those of section {@code
 * sft}.
 */
public final class ResponseStage {
  /** Log-probs of preferences are those of the model as it is. */
  private static final double TEMPERATURE = 1;

  private ResponseStage() {}

  /** A response's side in a pair, with its log-probs under the reference policy. */
  private record Side(String pair, boolean chosen, float[] reference) implements Serializable {}

  /**
   * Fits the policy to responses, from where an earlier process left off.
   *
   * @param phase name of what is saved in between, until {@link #release}
   * @param responses rows of {@code trajectories}, one for each response
   * @throws dev.mirrorspark.config.UserError if a step fails
   */
  public static Trained fit(
      JavaSparkContext spark,
      String phase,
      Dataset<Row> responses,
      RunConfig config,
      FolderWeights start,
      WeightOutput output,
      StepListener listener) {
    var samples = TrainedResponses.whole(responses).map(ResponseStage::given);
    return train(spark, phase, samples, new Supervised(), config, start, output, listener);
  }

  /**
   * Trains on pairs by direct preference optimisation, from where an earlier process left off.
   *
   * @param pairs rows of {@code preference_pairs}
   * @param responses rows of {@code trajectories} with all their responses
   * @throws dev.mirrorspark.config.UserError if a step fails, or the reference log-probs are not
   *     those of the policy that it starts from
   */
  public static Trained prefer(
      JavaSparkContext spark,
      String phase,
      Dataset<Row> pairs,
      Dataset<Row> responses,
      RunConfig config,
      FolderWeights start,
      WeightOutput output,
      StepListener listener) {
    JavaPairRDD<String, Side> sides =
        pairs
            .select(
                PreferencePairs.PROMPT_ID,
                PreferencePairs.CHOSEN,
                PreferencePairs.REJECTED,
                PreferencePairs.CHOSEN_LOGPROBS,
                PreferencePairs.REJECTED_LOGPROBS)
            .toJavaRDD()
            .flatMapToPair(ResponseStage::sides);
    var partitioner = new HashPartitioner(config.update().ranks());
    JavaRDD<Sample> samples =
        TrainedResponses.whole(responses)
            .keyBy(Sample::key)
            .join(sides, partitioner)
            .values()
            .map(found -> ofPair(found._1(), found._2()));
    var dpo = new Dpo(config.train().dpo().beta(), TEMPERATURE);
    return train(spark, phase, samples, dpo, config, start, output, listener);
  }

  /**
   * The log-probs of responses under the policy that preferences are learned from: columns {@code
   * prompt_id}, {@code sample}, {@code logprobs}.
   */
  public static Dataset<Row> reference(
      Dataset<Row> responses, RunConfig config, FolderWeights policy) {
    return ReadResponses.of(responses, config, policy, TEMPERATURE);
  }

  /** Deletes what was saved of a phase, once the policy is committed. */
  public static void release(Storage storage, RunConfig config, String phase) {
    snapshots(storage, config, phase).deleteAll();
  }

  private static Snapshots snapshots(Storage storage, RunConfig config, String phase) {
    return Snapshots.of(storage, config.warehouse(), config.run(), phase);
  }

  private static Trained train(
      JavaSparkContext spark,
      String phase,
      JavaRDD<Sample> given,
      Algorithm algorithm,
      RunConfig config,
      FolderWeights start,
      WeightOutput output,
      StepListener listener) {
    JavaRDD<Sample> samples = given.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Counted> counted = TaskFailure.collect(samples.map(Counted::of));
      var plan = SftPlan.of(counted, config);
      var steps =
          new Phase(
              phase,
              phase + "-step",
              0,
              "sft.learning_rate",
              plan.rates(),
              config.model(),
              config.update(),
              config.sft().adam(),
              algorithm,
              config.train().maxLogprobGap().in(config.model().precision()),
              start,
              List.of(),
              snapshots(output.storage(), config, phase),
              List.of(),
              false,
              output);
      var layout = StepPlan.of(plan.steps(), algorithm, config.update());
      return TrainPhase.run(spark, steps, layout, samples, listener);
    } finally {
      samples.unpersist(false);
    }
  }

  /** The response as an example: by whom it was sampled does not matter. */
  private static Sample given(Sample response) {
    return with(response, response.key(), response.group(), new float[0], new float[0]);
  }

  private static Iterator<Tuple2<String, Side>> sides(Row pair) {
    String prompt = pair.getString(0);
    int chosen = pair.getInt(1);
    int rejected = pair.getInt(2);
    String name = prompt + "#" + chosen + ">" + rejected;
    return List.of(
            new Tuple2<>(prompt + "#" + chosen, new Side(name, true, floats(pair, 3))),
            new Tuple2<>(prompt + "#" + rejected, new Side(name, false, floats(pair, 4))))
        .iterator();
  }

  private static float[] floats(Row row, int column) {
    List<Float> values = row.getList(column);
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }

  private static Sample ofPair(Sample response, Side side) {
    float[] advantage = new float[response.responseLength()];
    Arrays.fill(advantage, side.chosen() ? 1 : -1);
    String key = side.pair() + (side.chosen() ? " chosen" : " rejected");
    return with(response, key, side.pair(), side.reference(), advantage);
  }

  private static Sample with(
      Sample response, String key, String group, float[] sampling, float[] advantage) {
    return new Sample(
            key,
            group,
            response.tokens(),
            response.promptLength(),
            response.mask(),
            sampling,
            advantage,
            0,
            1)
        .seeing(response.picture());
  }
}
