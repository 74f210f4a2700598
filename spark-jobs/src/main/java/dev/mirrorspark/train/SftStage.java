package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunConfig.Sft.Stage;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.train.StepPlan.Counted;
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
  private static final int NAMED = 5;

  private SftStage() {}

  /**
   * Trains from where an earlier process left off, and writes the weights. What is saved in between
   * stays on storage until {@link #release}.
   *
   * @param prompts table {@code prompts}; the split {@code warmup} of the run's data set is used
   * @param start the policy to start from; its folder's tokenizer is used
   * @param output where the weights go
   * @throws UserError if there is no example, all are too long for the model, or a step fails
   */
  public static Trained run(
      JavaSparkContext spark,
      Dataset<Row> prompts,
      RunConfig config,
      FolderWeights start,
      WeightOutput output,
      StepListener listener) {
    JavaRDD<Sample> samples =
        tokenize(prompts, config.prompts().dataset(), start, config.model().chat())
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Counted> examples = TaskFailure.collect(samples.map(Counted::of));
      Plan plan = plan(fitting(examples, config, start, listener), config);
      var algorithm = new Supervised();
      var phase =
          new Phase(
              PHASE,
              "sft-step",
              0,
              "sft.learning_rate",
              plan.rates(),
              config.model(),
              config.update(),
              config.sft().adam(),
              algorithm,
              config.train().maxLogprobGap(),
              start,
              snapshots(output.storage(), config),
              List.of(),
              false,
              output);
      return TrainPhase.run(
          spark,
          phase,
          StepPlan.of(plan.steps(), algorithm, config.update().ranks()),
          samples,
          listener);
    } finally {
      samples.unpersist(false);
    }
  }

  /** Deletes what was saved of the phase, once the policy is committed. */
  public static void release(Storage storage, RunConfig config) {
    snapshots(storage, config).deleteAll();
  }

  private static Snapshots snapshots(Storage storage, RunConfig config) {
    return Snapshots.of(storage, config.warehouse(), config.run(), PHASE);
  }

  private static JavaRDD<Sample> tokenize(
      Dataset<Row> prompts, String dataset, FolderWeights start, ChatConfig chat) {
    String folder = start.folder();
    Storage storage = start.storage();
    return prompts
        .where(
            functions
                .col(Prompts.DATASET)
                .equalTo(dataset)
                .and(functions.col(Prompts.SPLIT).equalTo(Prompts.WARMUP))
                .and(functions.col(Prompts.EXCLUDED_BECAUSE).isNull()))
        .select(Prompts.PROMPT_ID, Prompts.TEXT_OF_PROMPT, Prompts.SOLUTION)
        .toJavaRDD()
        .mapPartitions(rows -> tokenize(rows, folder, storage, chat));
  }

  private static Iterator<Sample> tokenize(
      Iterator<Row> rows, String folder, Storage storage, ChatConfig chat) {
    List<Sample> sequences = new ArrayList<>();
    try (var tokenizer = TextTokenizer.of(storage, folder, chat)) {
      rows.forEachRemaining(
          row ->
              sequences.add(
                  sequence(tokenizer, row.getString(0), row.getString(1), row.getString(2))));
    }
    return sequences.iterator();
  }

  /** Prompt, solution and end token; only the latter two carry loss. */
  static Sample sequence(TextTokenizer tokenizer, String promptId, String text, String solution) {
    int[] prompt = tokenizer.encodePrompt(text);
    int[] response = tokenizer.encodeText(solution, false);
    int[] tokens = Arrays.copyOf(prompt, prompt.length + response.length + 1);
    System.arraycopy(response, 0, tokens, prompt.length, response.length);
    tokens[tokens.length - 1] = tokenizer.eosIds()[0];
    boolean[] mask = new boolean[response.length + 1];
    Arrays.fill(mask, true);
    return new Sample(
        promptId, promptId, tokens, prompt.length, mask, new float[0], new float[0], 0, 1);
  }

  /** The examples that fit the model's context; the others are named. */
  private static List<Counted> fitting(
      List<Counted> examples, RunConfig config, FolderWeights start, StepListener listener) {
    String dataset = config.prompts().dataset();
    if (examples.isEmpty()) {
      throw new UserError(
          "table prompts: no row of dataset "
              + dataset
              + " with split warmup; generate or import some, or leave out the warm-up");
    }
    int limit = start.shape().maxPositions();
    List<Counted> fitting = examples.stream().filter(one -> one.tokens() <= limit).toList();
    List<Counted> tooLong = examples.stream().filter(one -> one.tokens() > limit).toList();
    if (fitting.isEmpty()) {
      throw new UserError(
          "table prompts: all %d warmup rows of dataset %s are longer than the model's %d tokens;"
                  .formatted(examples.size(), dataset, limit)
              + " shorten them or choose a larger init.max_positions");
    }
    tooLong.stream()
        .limit(NAMED)
        .forEach(
            one ->
                listener.leftOut(
                    "example %s is left out: prompt and solution have %d tokens, the model takes %d"
                        .formatted(one.key(), one.tokens(), limit)));
    if (tooLong.size() > NAMED) {
      listener.leftOut("and %,d more that are too long".formatted(tooLong.size() - NAMED));
    }
    return fitting;
  }

  /** The examples of each step of all stages, and its learning rate. */
  private record Plan(List<List<Counted>> steps, List<Double> rates) {}

  private static Plan plan(List<Counted> examples, RunConfig config) {
    List<List<Counted>> steps = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    int rounds = 0;
    var stages = config.sft().allStages();
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      List<List<Counted>> ofStage = new ArrayList<>();
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

  private static List<Counted> fitting(List<Counted> examples, Stage stage, int index) {
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
                  examples.stream().mapToInt(Counted::tokens).min().orElse(0)));
    }
    return fitting;
  }

  /** The examples of each step of an epoch: in an order of its own, cut evenly. */
  private static List<List<Counted>> epoch(List<Counted> examples, RunConfig config, int round) {
    List<List<Counted>> steps = new ArrayList<>();
    int size = config.sft().examplesPerStep();
    List<Counted> order = new ArrayList<>(examples);
    order.sort(
        Comparator.comparingLong((Counted e) -> Seeds.order(config.seed(), round, e.key()))
            .thenComparing(Counted::key));
    for (int from = 0; from < order.size(); from += size) {
      steps.add(order.subList(from, Math.min(order.size(), from + size)));
    }
    return steps;
  }
}
