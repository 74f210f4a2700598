package dev.mirrorspark.bench;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.ModelFolder;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.train.SftStage;
import dev.mirrorspark.train.StepRecord;
import dev.mirrorspark.train.WeightOutput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The same steps as {@link TrainBench} takes, in the barrier stage of the supervised warm-up:
 * samples through Spark, ranks in tasks, weights from files and to files.
 */
final class StageBench {
  private static final String PART = "stage";
  private static final String PROMPT = "1+1=";

  private StageBench() {}

  /**
   * Measures it.
   *
   * @param config the plan's, with one example a step for each of a step's sequences, and a scratch
   *     warehouse
   * @param model the folder to start from
   * @param engineSeconds of a step without Spark
   */
  static List<BenchFigure> measure(
      SparkSession spark,
      BenchPlan plan,
      RunConfig config,
      ModelFolder model,
      double engineSeconds) {
    Storage storage = Storage.local();
    var start = FolderWeights.of(storage, model.folder(), model.digest());
    Path trained = Path.of(model.folder()).resolveSibling("trained");
    var output =
        new WeightOutput(
            storage,
            trained.toString(),
            FolderPlan.of(ParameterLayout.of(plan.shape()), DType.F32, 1L << 30));
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    long from = System.nanoTime();
    List<StepRecord> steps =
        SftStage.run(
                context, examples(spark, plan, config, start), config, start, output, (s, n) -> {})
            .steps();
    double whole = (System.nanoTime() - from) * 1e-9;
    SftStage.release(storage, config);
    storage.delete(trained.toString());
    PolicyHost.evict();
    double engine = plan.stepTokens() / engineSeconds;
    var seconds =
        Rounds.of(
            steps.stream()
                .skip(steps.size() > 1 ? 1 : 0)
                .mapToDouble(StepRecord::seconds)
                .toArray());
    long tokens = steps.stream().mapToLong(StepRecord::tokens).sum();
    double stepTokens = (double) tokens / steps.size();
    double inModel =
        DoubleStream.of(steps.stream().mapToDouble(StepRecord::modelSeconds).toArray()).sum();
    return List.of(
        BenchFigure.plain(
                PART,
                "steps through Spark",
                stepTokens / seconds.median(),
                "tokens/s",
                seconds.spread())
            .shareOf(engine, "the engine alone"),
        BenchFigure.plain(PART, "whole stage, files included", tokens / whole, "tokens/s", 0)
            .shareOf(engine, "the engine alone"),
        BenchFigure.plain(PART, "model seconds of the stage", inModel, "s", 0)
            .shareOf(whole, "the whole stage"));
  }

  private static org.apache.spark.sql.Dataset<Row> examples(
      SparkSession spark, BenchPlan plan, RunConfig config, FolderWeights start) {
    int prompt;
    try (var tokenizer = TextTokenizer.of(start.storage(), start.folder())) {
      prompt = tokenizer.encodePrompt(PROMPT).length;
    }
    String solution = "1".repeat(Math.max(1, plan.length() - prompt - 1));
    int count = config.sft().examplesPerStep();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(
          RowFactory.create(
              config.prompts().dataset(),
              Prompts.WARMUP,
              null,
              "p%06d".formatted(i),
              PROMPT,
              solution,
              null,
              null,
              null,
              null));
    }
    var columns =
        new StructType()
            .add(Prompts.DATASET, DataTypes.StringType)
            .add(Prompts.SPLIT, DataTypes.StringType)
            .add(Prompts.EXCLUDED_BECAUSE, DataTypes.StringType)
            .add(Prompts.PROMPT_ID, DataTypes.StringType)
            .add(Prompts.TEXT_OF_PROMPT, DataTypes.StringType)
            .add(Prompts.SOLUTION, DataTypes.StringType)
            .add(Prompts.IMAGE, DataTypes.BinaryType)
            .add(Prompts.IMAGE_TYPE, DataTypes.StringType)
            .add(Prompts.IMAGE_WIDTH, DataTypes.IntegerType)
            .add(Prompts.IMAGE_HEIGHT, DataTypes.IntegerType);
    return spark.createDataFrame(rows, columns);
  }
}
