package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunConfig.Sft.Stage;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.FolderWeights;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.train.OptimizerStep.Setup;
import dev.mirrorspark.train.StepBatches.PartitionBatches;
import dev.mirrorspark.train.StepBatches.Planned;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * The supervised warm-up on long chains of thought (Kimi k1.5, 2.2 and 2.5.2): a function from
 * table {@code prompts} to weights.
 */
public final class SftStage {
  private static final String PHASE = "sft";

  private SftStage() {}

  private record Example(String key, int tokens, int responseTokens) implements Serializable {}

  /**
   * Trains from where an earlier process left off. The shards of the last step stay on storage
   * until {@link #release}.
   *
   * @param prompts table {@code prompts}; the split {@code warmup} of the run's data set is used
   * @param start the policy to start from; its folder's tokenizer is used
   * @throws UserError if there is no example, one is too long for the model, or a step fails
   */
  public static Trained run(
      JavaSparkContext spark,
      Dataset<Row> prompts,
      RunConfig config,
      FolderWeights start,
      StepListener listener) {
    JavaRDD<TrainSequence> sequences =
        tokenize(prompts, config.prompts().dataset(), start)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Example> examples = TaskFailure.collect(sequences.map(SftStage::index));
      Plan plan = plan(check(examples, config, start), config);
      int partitions = config.update().partitions();
      return TrainPhase.run(
          store(spark, config),
          new TrainState.Fresh(start),
          setup(config),
          plan.steps().size(),
          () -> lay(spark, sequences, plan.steps(), partitions),
          step -> plan.rates().get(step),
          listener);
    } finally {
      sequences.unpersist(false);
    }
  }

  /** Deletes the step shards, once the policy is committed. */
  public static void release(JavaSparkContext spark, RunConfig config) {
    store(spark, config).deleteAll();
  }

  private static StepStore store(JavaSparkContext spark, RunConfig config) {
    return StepStore.open(spark, config.warehouse(), config.run(), PHASE);
  }

  private static Setup setup(RunConfig config) {
    return new Setup(
        "sft",
        "sft.learning_rate",
        config.model(),
        config.update(),
        config.sft().adam(),
        new Objective.Supervised(),
        Double.POSITIVE_INFINITY);
  }

  private static JavaRDD<PartitionBatches> lay(
      JavaSparkContext spark,
      JavaRDD<TrainSequence> sequences,
      List<List<Planned>> steps,
      int partitions) {
    return StepBatches.lay(spark, sequences, StepBatches.plan(steps, partitions), partitions);
  }

  private static JavaRDD<TrainSequence> tokenize(
      Dataset<Row> prompts, String dataset, FolderWeights start) {
    Storage storage = start.storage();
    String folder = start.folder();
    return prompts
        .where(
            functions
                .col(Prompts.DATASET)
                .equalTo(dataset)
                .and(functions.col(Prompts.SPLIT).equalTo(Prompts.WARMUP))
                .and(functions.col(Prompts.EXCLUDED_BECAUSE).isNull()))
        .select(Prompts.PROMPT_ID, Prompts.TEXT_OF_PROMPT, Prompts.SOLUTION)
        .toJavaRDD()
        .mapPartitions(rows -> tokenize(rows, storage, folder));
  }

  private static Iterator<TrainSequence> tokenize(
      Iterator<Row> rows, Storage storage, String folder) {
    List<TrainSequence> sequences = new ArrayList<>();
    try (var tokenizer = TextTokenizer.of(storage, folder)) {
      rows.forEachRemaining(
          row ->
              sequences.add(
                  sequence(tokenizer, row.getString(0), row.getString(1), row.getString(2))));
    }
    return sequences.iterator();
  }

  /** Prompt, solution and end token; only the latter two carry loss. */
  static TrainSequence sequence(
      TextTokenizer tokenizer, String promptId, String text, String solution) {
    int[] prompt = tokenizer.encodePrompt(text);
    int[] response = tokenizer.encode(solution, false);
    int[] tokens = Arrays.copyOf(prompt, prompt.length + response.length + 1);
    System.arraycopy(response, 0, tokens, prompt.length, response.length);
    tokens[tokens.length - 1] = tokenizer.eosIds()[0];
    return new TrainSequence(promptId, tokens, prompt.length, new float[0], 0, 1);
  }

  private static Example index(TrainSequence sequence) {
    return new Example(sequence.key(), sequence.tokens().length, sequence.responseLength());
  }

  private static List<Example> check(
      List<Example> examples, RunConfig config, FolderWeights start) {
    String dataset = config.prompts().dataset();
    if (examples.isEmpty()) {
      throw new UserError(
          "table prompts: no row of dataset "
              + dataset
              + " with split warmup; generate or import some, or leave out the warm-up");
    }
    int limit = start.shape().maxPositions();
    for (Example example : examples) {
      if (example.tokens() > limit) {
        throw new UserError(
            "table prompts, prompt_id "
                + example.key()
                + ": prompt and solution have "
                + example.tokens()
                + " tokens, the model takes "
                + limit
                + "; remove the row or choose a larger init.max_positions");
      }
    }
    return examples;
  }

  /** The examples of each step of all stages, and its learning rate. */
  private record Plan(List<List<Planned>> steps, List<Double> rates) {}

  private static Plan plan(List<Example> examples, RunConfig config) {
    List<List<Planned>> steps = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    int rounds = 0;
    var stages = config.sft().allStages();
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      List<List<Planned>> ofStage = new ArrayList<>();
      var fitting = fitting(examples, stage, i);
      for (int epoch = 0; epoch < stage.epochs(); epoch++) {
        ofStage.addAll(epoch(fitting, config, rounds++));
      }
      for (int step = 0; step < ofStage.size(); step++) {
        rates.add(LearningRates.cosine(stage, step, ofStage.size()));
      }
      steps.addAll(ofStage);
    }
    return new Plan(steps, rates);
  }

  private static List<Example> fitting(List<Example> examples, Stage stage, int index) {
    if (stage.maxTokens() == 0) {
      return examples;
    }
    var fitting = examples.stream().filter(e -> e.tokens() <= stage.maxTokens()).toList();
    if (fitting.isEmpty()) {
      throw new UserError(
          "%s = %d: no example is that short, the shortest has %d tokens; raise it or drop the stage"
              .formatted(
                  index == 0 ? "sft.max_tokens" : "sft.stages." + (index - 1) + ".max_tokens",
                  stage.maxTokens(),
                  examples.stream().mapToInt(Example::tokens).min().orElse(0)));
    }
    return fitting;
  }

  /** The examples of each step of an epoch: in an order of its own, cut evenly. */
  private static List<List<Planned>> epoch(List<Example> examples, RunConfig config, int round) {
    List<List<Planned>> steps = new ArrayList<>();
    int size = config.sft().examplesPerStep();
    List<Example> order = new ArrayList<>(examples);
    order.sort(
        Comparator.comparingLong((Example e) -> Seeds.order(config.seed(), round, e.key()))
            .thenComparing(Example::key));
    for (int from = 0; from < order.size(); from += size) {
      steps.add(weigh(order.subList(from, Math.min(order.size(), from + size))));
    }
    return steps;
  }

  /** A step minimises the mean over its response tokens. */
  private static List<Planned> weigh(List<Example> examples) {
    long total = examples.stream().mapToLong(Example::responseTokens).sum();
    return examples.stream().map(e -> new Planned(e.key(), e.tokens(), 1.0 / total)).toList();
  }
}
