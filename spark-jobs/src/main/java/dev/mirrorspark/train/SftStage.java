package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.model.VisionShape;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.train.StepPlan.Counted;
import dev.mirrorspark.vision.PictureFault;
import dev.mirrorspark.vision.PictureFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
        tokenize(examples(prompts, config), start, config.model().chat())
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<Counted> examples = TaskFailure.collect(samples.map(Counted::of));
      var shapes = SftShapes.of(config, start.shape(), start.lora());
      var plan =
          SftPlan.of(
              fitting(examples, config, shapes.longest(), listener),
              config,
              shapes,
              start.shape().maxPositions(),
              domains(prompts, config));
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
              plan.stages().stream().map(shapes.shapes()::get).toList(),
              snapshots(output.storage(), config),
              List.of(),
              false,
              output);
      return TrainPhase.run(
          spark, phase, StepPlan.of(plan.steps(), algorithm, config.update()), samples, listener);
    } finally {
      samples.unpersist(false);
    }
  }

  /**
   * The shape of the policy after the warm-up: its stages may raise context and rotary base.
   *
   * @throws UserError if the policy cannot reach further
   */
  public static ModelShape shape(RunConfig config, FolderWeights start) {
    return shape(config, start.shape(), start.lora());
  }

  /**
   * The same.
   *
   * @param lora adapters that the warm-up trains
   */
  public static ModelShape shape(RunConfig config, ModelShape start, LoraConfig lora) {
    return SftShapes.of(config, start, lora).last();
  }

  /** Whether the warm-up raises the policy's context or rotary base. */
  public static boolean raises(RunConfig config) {
    return SftShapes.raises(config);
  }

  /** Deletes what was saved of the phase, once the policy is committed. */
  public static void release(Storage storage, RunConfig config) {
    snapshots(storage, config).deleteAll();
  }

  private static Snapshots snapshots(Storage storage, RunConfig config) {
    return Snapshots.of(storage, config.warehouse(), config.run(), PHASE);
  }

  private static Dataset<Row> examples(Dataset<Row> prompts, RunConfig config) {
    String domain = config.sft().domain();
    var all =
        prompts.where(
            functions
                .col(Prompts.DATASET)
                .equalTo(config.prompts().dataset())
                .and(functions.col(Prompts.SPLIT).equalTo(Prompts.WARMUP))
                .and(functions.col(Prompts.EXCLUDED_BECAUSE).isNull()));
    return domain.isEmpty() ? all : all.where(functions.col(Prompts.DOMAIN).equalTo(domain));
  }

  /** By prompt_id, where a stage shares out its tokens by domain. */
  private static Map<String, String> domains(Dataset<Row> prompts, RunConfig config) {
    Map<String, String> domains = new HashMap<>();
    if (config.sft().allStages().stream().anyMatch(stage -> !stage.mixture().isEmpty())) {
      examples(prompts, config)
          .select(Prompts.PROMPT_ID, Prompts.DOMAIN)
          .collectAsList()
          .forEach(row -> domains.put(row.getString(0), row.getString(1)));
    }
    return domains;
  }

  private static JavaRDD<Sample> tokenize(
      Dataset<Row> examples, FolderWeights start, ChatConfig chat) {
    String folder = start.folder();
    Storage storage = start.storage();
    VisionShape vision = start.shape().vision();
    return examples
        .select(
            Prompts.PROMPT_ID,
            Prompts.TEXT_OF_PROMPT,
            Prompts.SOLUTION,
            Prompts.IMAGE,
            Prompts.IMAGE_TYPE,
            Prompts.IMAGE_WIDTH,
            Prompts.IMAGE_HEIGHT)
        .toJavaRDD()
        .mapPartitions(rows -> tokenize(rows, folder, storage, chat, vision));
  }

  private static Iterator<Sample> tokenize(
      Iterator<Row> rows, String folder, Storage storage, ChatConfig chat, VisionShape vision) {
    List<Sample> sequences = new ArrayList<>();
    try (var tokenizer = TextTokenizer.of(storage, folder, chat)) {
      rows.forEachRemaining(
          row ->
              sequences.add(
                  sequence(
                      tokenizer,
                      vision,
                      Prompts.picture(row),
                      row.getString(0),
                      row.getString(1),
                      row.getString(2))));
    }
    return sequences.iterator();
  }

  /** Prompt, solution and end token; only the latter two carry loss. */
  static Sample sequence(TextTokenizer tokenizer, String promptId, String text, String solution) {
    return sequence(tokenizer, VisionShape.NONE, PictureFile.NONE, promptId, text, solution);
  }

  private static Sample sequence(
      TextTokenizer tokenizer,
      VisionShape vision,
      PictureFile picture,
      String promptId,
      String text,
      String solution) {
    int[] prompt =
        picture.present()
            ? tokenizer.encodePrompt(text, vision, tokens(vision, picture, promptId))
            : tokenizer.encodePrompt(text);
    int[] response = tokenizer.encodeText(solution, false);
    int[] tokens = Arrays.copyOf(prompt, prompt.length + response.length + 1);
    System.arraycopy(response, 0, tokens, prompt.length, response.length);
    tokens[tokens.length - 1] = tokenizer.eosIds()[0];
    boolean[] mask = new boolean[response.length + 1];
    Arrays.fill(mask, true);
    return new Sample(
            promptId, promptId, tokens, prompt.length, mask, new float[0], new float[0], 0, 1)
        .seeing(picture);
  }

  private static int tokens(VisionShape vision, PictureFile picture, String promptId) {
    if (!vision.present()) {
      throw new UserError(
          "example %s has a picture, and the policy reads text alone; take one that sees, or leave such examples out with sft.domain"
              .formatted(promptId));
    }
    try {
      return vision.preprocessing().tokens(picture);
    } catch (PictureFault e) {
      throw new UserError("example %s: %s; leave it out".formatted(promptId, e.getMessage()), e);
    }
  }

  /** The examples that fit the model's context; the others are named. */
  private static List<Counted> fitting(
      List<Counted> examples, RunConfig config, int limit, StepListener listener) {
    String dataset = config.prompts().dataset();
    if (examples.isEmpty()) {
      throw new UserError(
          "table prompts: no row of dataset "
              + dataset
              + " with split warmup"
              + (config.sft().domain().isEmpty() ? "" : " and domain " + config.sft().domain())
              + "; generate or import some, or leave out the warm-up");
    }
    List<Counted> fitting = examples.stream().filter(one -> one.tokens() <= limit).toList();
    List<Counted> tooLong = examples.stream().filter(one -> one.tokens() > limit).toList();
    if (fitting.isEmpty()) {
      throw new UserError(
          "table prompts: all %d warmup rows of dataset %s are longer than the model's %d tokens;"
                  .formatted(examples.size(), dataset, limit)
              + " shorten them or choose a larger init.max_positions or sft.context");
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
}
