package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.CharacterTokenizer;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.RandomInit;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The supervised warm-up and the update on local Spark: they learn, resume, and refuse. */
class StagesIT {
  private static final String ALPHABET = "0123456789+=";
  static final ModelShape SHAPE =
      new ModelShape(
          "qwen2",
          CharacterTokenizer.vocabSize(ALPHABET),
          16,
          1,
          2,
          1,
          8,
          32,
          32,
          1e4,
          1e-6,
          true,
          false,
          true);
  static final StepListener QUIET = (step, steps) -> {};

  @TempDir Path work;
  private FolderWeights start;

  @BeforeEach
  void model() {
    start = model(work);
  }

  static FolderWeights model(Path work) {
    CharacterTokenizer.write(work.resolve("tokenizer"), ALPHABET, SHAPE.maxPositions());
    String sha256 =
        FolderWriter.save(
                Storage.local(),
                work.resolve("model").toString(),
                SHAPE,
                FolderPlan.of(ParameterLayout.of(SHAPE), DType.F32, 1L << 30),
                work.resolve("tokenizer").toString(),
                RandomInit.values(SHAPE, 0.5, 1))
            .sha256();
    return FolderWeights.of(work.resolve("model"), sha256);
  }

  private RunConfig config(String warehouse, String... sets) {
    return config(work, warehouse, sets);
  }

  static RunConfig config(Path work, String warehouse, String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "warehouse=" + work.resolve(warehouse),
                "sft.examples_per_step=8",
                "sft.epochs=2",
                "sft.warmup_steps=2",
                "train.minibatches=3",
                "rollout.max_tokens=12",
                "update.micro_batch_tokens=64"));
    all.addAll(List.of(sets));
    return RunFile.load(Optional.empty(), all);
  }

  private static Dataset<Row> table(List<Row> rows, StructType columns) {
    return SparkOfTests.session().createDataFrame(rows, columns);
  }

  static Dataset<Row> examples() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int a = i / 5;
      int b = i % 5;
      String text = a + "+" + b + "=";
      String sum = Integer.toString(a + b);
      rows.add(
          RowFactory.create(
              "default", "p" + i, "warmup", "sum", 1, text, sum, "integer", sum, "test", null, null,
              null, null, null, null));
    }
    return table(rows, Prompts.TABLE.columns());
  }

  static WeightOutput output(RunConfig config) {
    var plan = FolderPlan.of(ParameterLayout.of(SHAPE), DType.F32, 1L << 12);
    return new WeightOutput(Storage.local(), config.warehouse() + "-out", plan);
  }

  private static Trained sft(RunConfig config, FolderWeights start, StepListener listener) {
    return SftStage.run(
        SparkOfTests.context(), examples(), config, start, output(config), listener);
  }

  /** Every fifth example has 15 tokens, the others have 7. */
  private static Dataset<Row> shortAndLongExamples() {
    var solution = functions.col(Prompts.SOLUTION);
    var isLong = functions.col(Prompts.PROMPT_ID).rlike("[05]$");
    return examples()
        .withColumn(
            Prompts.SOLUTION,
            functions.when(isLong, functions.repeat(solution, 9)).otherwise(solution));
  }

  @Test
  void aSecondStageTakesLongerExamplesWithItsOwnSchedule() {
    var config =
        config(
            "staged",
            "sft.epochs=1",
            "sft.learning_rate=0.01",
            "sft.final_learning_rate=0.001",
            "sft.max_tokens=7",
            "sft.stages=[{learning_rate: 0.005, final_learning_rate: 0.0005, warmup_steps: 1}]");
    var trained =
        SftStage.run(
            SparkOfTests.context(), shortAndLongExamples(), config, start, output(config), QUIET);
    var steps = trained.steps();
    assertEquals(3 + 4, steps.size(), "24 short examples, then all 30, 8 a step");
    assertEquals(24 * 7, steps.subList(0, 3).stream().mapToLong(StepRecord::tokens).sum());
    assertEquals(24 * 7 + 6 * 15, steps.subList(3, 7).stream().mapToLong(StepRecord::tokens).sum());
    // Linear warm-up to the peak, then the cosine: at its start, in its middle, at its end.
    double[] expected = {0.005, 0.01, 0.01, 0.005, 0.005, 0.00275, 0.0005};
    double[] rates = steps.stream().mapToDouble(StepRecord::learningRate).toArray();
    assertArrayEquals(expected, rates, 1e-9);
  }

  @Test
  void aStageThatNoExampleFitsIsRefused() {
    var config = config("none", "sft.max_tokens=6");
    assertTrue(
        assertThrows(UserError.class, () -> sft(config, start, QUIET))
            .getMessage()
            .startsWith("sft.max_tokens = 6: no example is that short, the shortest has 7 tokens"));
  }

  /** Weights of the same bits have the same hashes. */
  static List<?> weights(Trained trained) {
    return trained.written();
  }

  @Test
  void warmUpLearnsAndResumesToTheSameBits() throws IOException {
    Trained undisturbed = sft(config("whole"), start, QUIET);
    assertEquals(8, undisturbed.steps().size(), "two epochs of 30 examples, 8 a step");
    assertTrue(undisturbed.steps().get(7).loss() < undisturbed.steps().get(0).loss());

    RunConfig cut = config("cut", "update.snapshot_minutes=0");
    sft(cut, start, QUIET);
    Path phase = work.resolve("cut/_steps/default/sft");
    assertTrue(Files.exists(phase.resolve("step-000006/_COMPLETE")), "before the last step");
    assertFalse(Files.exists(phase.resolve("step-000005")), "the newest is enough");
    List<Integer> shown = new ArrayList<>();
    StepListener showing = (step, steps) -> shown.add(step.step());
    Trained finished = sft(cut, start, showing);
    assertEquals(List.of(), shown, "a finished phase takes no step");
    assertEquals(weights(undisturbed), weights(finished));

    // As if the process had died in the last step, and while a snapshot was written before.
    Files.delete(phase.resolve("_DONE"));
    Files.createDirectories(phase.resolve("step-000099"));
    Trained resumed = sft(cut, start, showing);
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7), shown);
    assertEquals(weights(undisturbed), weights(resumed));
    assertEquals(finished.steps().get(2), resumed.steps().get(2), "its times too: not run again");
    SftStage.release(Storage.local(), cut);
    assertFalse(Files.exists(phase));
  }

  private static Trained adapters(RunConfig config, FolderWeights start) {
    var layout = ParameterLayout.ofAdapters(SHAPE, start.lora());
    var plan = FolderPlan.ofAdapters(layout);
    var output = new WeightOutput(Storage.local(), config.warehouse() + "-out", plan);
    return SftStage.run(SparkOfTests.context(), examples(), config, start, output, QUIET);
  }

  /**
   * The shards of ranks, and snapshots, are of the adapters: the weights beside them stand still.
   */
  @Test
  void warmUpOfAdaptersLearnsAndResumesToTheSameBits() throws IOException {
    var lora = new LoraConfig(3, 6, List.of("q_proj", "v_proj", "down_proj"));
    FolderWeights beside = start.training(lora, 5);
    Trained undisturbed = adapters(config("whole", "sft.learning_rate=0.05"), beside);
    assertTrue(undisturbed.steps().get(7).loss() < undisturbed.steps().get(0).loss());
    RunConfig cut = config("cut", "update.snapshot_minutes=0", "sft.learning_rate=0.05");
    assertEquals(weights(undisturbed), weights(adapters(cut, beside)));
    Path phase = work.resolve("cut/_steps/default/sft");
    Path shard = phase.resolve("step-000006/rank-000.safetensors");
    long trained = ParameterLayout.ofAdapters(SHAPE, lora).size();
    assertTrue(Files.size(shard) < 3 * 4 * trained + 1000, "weights and moments of adapters");
    Files.delete(phase.resolve("_DONE"));
    assertEquals(weights(undisturbed), weights(adapters(cut, beside)));
    Trained onRanks = adapters(config("ranks", "update.ranks=3", "sft.learning_rate=0.05"), beside);
    assertEquals(undisturbed.steps().get(7).loss(), onRanks.steps().get(7).loss(), 1e-4);
    assertEquals(start.sha256(), FolderWeights.digest(Storage.local(), start.folder()));
  }

  /** Ranks belong to the run, tasks to the cluster: fewer tasks hold several ranks each. */
  @Test
  void weightsDoNotDependOnTheTasks() {
    RunConfig three = config("three", "update.ranks=3");
    Trained onTwo = sft(three, start, QUIET);
    RunConfig again = config("again", "update.ranks=3");
    var conf = SparkOfTests.context().getConf();
    assertTrue(SparkOfTests.context().defaultParallelism() < 3, conf.get("spark.master"));
    Trained twice = sft(again, start, QUIET);
    assertEquals(weights(onTwo), weights(twice));
    Trained two = sft(config("two"), start, QUIET);
    assertEquals(onTwo.steps().get(7).loss(), two.steps().get(7).loss(), 1e-4);
  }

  @Test
  void aLossThatIsNotFiniteStopsBeforeTheWeights() {
    RunConfig config =
        config("nan", "sft.learning_rate=1.0e+30", "sft.final_learning_rate=1.0e+30");
    var error = assertThrows(UserError.class, () -> sft(config, start, QUIET));
    assertTrue(error.getMessage().contains("sft, step 1"), error.getMessage());
    assertTrue(error.getMessage().contains("not finite"), error.getMessage());
    assertTrue(error.getMessage().contains("sft.learning_rate"), error.getMessage());
    assertFalse(Files.exists(work.resolve("nan/_steps/default/sft/_DONE")));
    assertFalse(Files.exists(work.resolve("nan-out")), "no weights are written");
  }

  private static Tensor read(FolderWeights weights) {
    Tensor flat = Tensors.emptyFloats(ParameterLayout.of(SHAPE).size());
    weights.read(flat);
    return flat;
  }

  /** Four prompts with four responses each, sampled from the policy; the first token decides. */
  private Dataset<Row> trajectories(UnaryOperator<float[]> logprobs) {
    List<Row> rows = new ArrayList<>();
    try (var scope = new PointerScope();
        var tokenizer = TextTokenizer.of(work.resolve("model"));
        var policy = Parameters.frozen(SHAPE, read(start));
        var engine =
            new DecodeEngine(policy, 16, 32, new Sampling(1, 12), Set.of(tokenizer.eosIds()[0]))) {
      List<DecodeRequest> requests = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int[] prompt = tokenizer.encodePrompt(i / 4 + "+1=");
        requests.add(new DecodeRequest("p" + i / 4, i % 4, prompt, i));
      }
      engine.decode(
          requests.iterator(),
          done ->
              rows.add(
                  RowFactory.create(
                      "default",
                      3,
                      3,
                      done.request().promptId(),
                      done.request().sample(),
                      0,
                      2,
                      done.request().promptTokens(),
                      done.tokens(),
                      logprobs.apply(done.logprobs()),
                      "",
                      done.stopReason().label(),
                      1.0,
                      done.request().seed(),
                      done.tokens().length,
                      new Timestamp(0),
                      1.0)),
          tokens -> {});
    }
    return table(rows, Trajectories.TABLE.columns());
  }

  private static Dataset<Row> trainingSet(boolean kept) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      boolean keep = kept && i != 5;
      rows.add(
          RowFactory.create(
              "default",
              3,
              3,
              "p" + i / 4,
              i % 4,
              keep,
              keep ? null : "no signal",
              keep ? Double.valueOf(i % 2 == 0 ? 0.5 : -0.5) : null,
              5));
    }
    return table(rows, TrainingSet.TABLE.columns());
  }

  private Trained update(
      RunConfig config, Dataset<Row> trajectories, boolean kept, StepListener listener) {
    return UpdateStage.run(
        SparkOfTests.context(),
        trainingSet(kept),
        trajectories,
        config,
        3,
        start,
        output(config),
        listener);
  }

  @Test
  void updateAgreesWithTheSamplerAndResumesToTheSameBits() throws IOException {
    Dataset<Row> trajectories = trajectories(UnaryOperator.identity());
    Trained undisturbed = update(config("whole"), trajectories, true, QUIET);
    assertEquals(3, undisturbed.steps().size());
    assertEquals(15, undisturbed.steps().stream().mapToLong(StepRecord::sequences).sum());
    assertTrue(undisturbed.logprobGapMax() < 1e-4, "gap " + undisturbed.logprobGapMax());
    assertTrue(undisturbed.logprobGapMean() <= undisturbed.logprobGapMax());
    assertTrue(undisturbed.steps().get(0).logratioRms() < 1e-3);
    assertTrue(undisturbed.logratioRms() > 1e-4, "the policy moved");

    assertTrue(undisturbed.klEstimate() > 0, "KL " + undisturbed.klEstimate());
    RunConfig cut = config("cut", "update.snapshot_minutes=0");
    update(cut, trajectories, true, QUIET);
    Path phase = work.resolve("cut/_steps/default/rl-00003");
    Files.delete(phase.resolve("_DONE"));
    Trained resumed = update(cut, trajectories, true, QUIET);
    assertEquals(weights(undisturbed), weights(resumed));
    assertEquals(undisturbed.logprobGapMax(), resumed.logprobGapMax());
  }

  @Test
  void anUpdateSpreadsItsResponses() {
    Dataset<Row> trajectories = trajectories(UnaryOperator.identity());
    for (String method : List.of("mirror_descent", "grpo")) {
      String set = "train.method=" + method;
      Trained whole = update(config(method, set), trajectories, true, QUIET);
      Trained spread =
          update(config(method + "-s", set, "update.spread_above=6"), trajectories, true, QUIET);
      for (int step = 0; step < 3; step++) {
        StepRecord one = whole.steps().get(step);
        StepRecord other = spread.steps().get(step);
        assertEquals(one.sequences(), other.sequences());
        assertEquals(one.loss(), other.loss(), 1e-4);
        assertEquals(one.gradNorm(), other.gradNorm(), 1e-3 * one.gradNorm());
        assertEquals(one.logratioRms(), other.logratioRms(), 1e-4);
      }
      assertTrue(spread.logprobGapMax() < 1e-4, "gap " + spread.logprobGapMax());
    }
  }

  /** The loss of the first step by hand: minus the mean log-prob of the kept responses' tokens. */
  @Test
  void restFitsThePolicyToWhatTheGateKept() {
    Dataset<Row> trajectories = trajectories(UnaryOperator.identity());
    double logprobs = 0;
    int tokens = 0;
    for (Row row : trajectories.collectAsList()) {
      int response =
          4 * (row.<String>getAs("prompt_id").charAt(1) - '0') + row.<Integer>getAs("sample");
      if (response != 5) {
        for (float logprob : row.<Float>getList(row.fieldIndex("logprobs"))) {
          logprobs += logprob;
          tokens++;
        }
      }
    }
    RunConfig rest = config("rest", "train.method=rest", "train.minibatches=1");
    Trained once = update(rest, trajectories, true, QUIET);
    assertEquals(1, once.steps().size());
    assertEquals(15, once.steps().get(0).sequences());
    assertEquals(-logprobs / tokens, once.steps().get(0).loss(), 1e-4);
    assertTrue(once.logprobGapMax() < 1e-4, "gap " + once.logprobGapMax());
    assertTrue(once.logratioRms() < 1e-3, "the policy that sampled");

    Trained mirrored = update(config("mirror", "train.minibatches=1"), trajectories, true, QUIET);
    assertNotEquals(weights(once), weights(mirrored));
    Trained grpo =
        update(
            config("grpo", "train.method=grpo", "train.minibatches=1"), trajectories, true, QUIET);
    assertNotEquals(weights(mirrored), weights(grpo));
    assertTrue(grpo.logprobGapMax() < 1e-4, "gap " + grpo.logprobGapMax());
  }

  @Test
  void adamsMomentsAreCarriedOnWhereAsked() {
    Dataset<Row> trajectories = trajectories(UnaryOperator.identity());
    RunConfig carrying = config("carry", "train.reset_optimizer=false");
    var store = Snapshots.of(Storage.local(), carrying.warehouse(), "default", "rl-00001");
    Trained first = update(carrying, trajectories, true, QUIET);
    UpdateStage.release(Storage.local(), carrying, 3);
    assertEquals(List.of("rl-00003"), store.phases(), "kept for the next iteration");
    Trained again =
        UpdateStage.run(
            SparkOfTests.context(),
            trainingSet(true)
                .withColumn("iteration", org.apache.spark.sql.functions.lit(4))
                .withColumn("born", org.apache.spark.sql.functions.lit(4)),
            trajectories
                .withColumn("iteration", org.apache.spark.sql.functions.lit(4))
                .withColumn("born", org.apache.spark.sql.functions.lit(4)),
            carrying,
            4,
            start,
            output(carrying),
            QUIET);
    assertEquals(6, store.phase("rl-00004").newest().adamSteps());
    assertNotEquals(weights(first), weights(again));
    UpdateStage.release(Storage.local(), carrying, 4);
    assertEquals(List.of("rl-00004"), store.phases());
  }

  @Test
  void anEmptyTrainingSetTrainsNothing() {
    Trained nothing = update(config("none"), trajectories(UnaryOperator.identity()), false, QUIET);
    assertTrue(nothing.steps().isEmpty());
    assertEquals(List.of(), nothing.written());
    assertTrue(Double.isNaN(nothing.loss()));
  }

  @Test
  void aMissingLogprobStopsTheRunWithItsKey() {
    UnaryOperator<float[]> missing =
        logprobs -> {
          float[] holed = logprobs.clone();
          holed[holed.length - 1] = Float.NaN;
          return holed;
        };
    refused(missing, "#", "is missing");
    refused(logprobs -> new float[0], "#", "0 log-probs");
  }

  @Test
  void aGapAboveTheBoundStopsTheRunWithItsKey() {
    UnaryOperator<float[]> shifted =
        logprobs -> {
          float[] other = logprobs.clone();
          other[0] += 0.01f;
          return other;
        };
    refused(shifted, "#", "train.max_logprob_gap");
  }

  private void refused(UnaryOperator<float[]> logprobs, String key, String what) {
    Dataset<Row> trajectories = trajectories(logprobs);
    var error =
        assertThrows(UserError.class, () -> update(config("bad"), trajectories, true, QUIET));
    assertTrue(error.getMessage().contains(key), error.getMessage());
    assertTrue(error.getMessage().contains(what), error.getMessage());
    assertFalse(Files.exists(work.resolve("bad/_steps/default/rl-00003/_DONE")));
  }
}
