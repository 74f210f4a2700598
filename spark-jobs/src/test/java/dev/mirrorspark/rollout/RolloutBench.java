package dev.mirrorspark.rollout;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.CharacterTokenizer;
import dev.mirrorspark.model.DType;
import dev.mirrorspark.model.LoadedModel;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.javacpp.PointerScope;

/**
 * The rollout stage against the engine alone, in turn, on the same requests: a policy of the
 * quickstart's shape with random weights, two partitions of 256 slots, prompts of 30 tokens, eight
 * responses to each, which end at one token in 64 and after 224 at the latest.
 *
 * <p>Arguments: rounds, then numbers of prompts. The first round warms up.
 */
final class RolloutBench {
  private static final String ALPHABET =
      "#+-*0123456789=;abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS";
  private static final int PARTITIONS = 2;
  private static final int SLOTS = 256;
  private static final int SAMPLES = 8;
  private static final int TOKENS = 224;

  private final SparkSession spark;
  private final Warehouse warehouse;
  private final PolicyVersion policy;
  private final RunConfig config;

  private RolloutBench(SparkSession spark, Path folder) {
    this.spark = spark;
    this.warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
    this.policy = policy(folder);
    this.config =
        RunFile.parse(
            "rollout: {slots: %d, max_tokens: %d, partitions: %d}"
                .formatted(SLOTS, TOKENS, PARTITIONS),
            List.of("run=bench", "seed=9", "train.samples=" + SAMPLES));
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    var spark = LocalSpark.open();
    var bench = new RolloutBench(spark, Files.createTempDirectory("rollout-bench"));
    int iteration = 0;
    for (int i = 1; i < arguments.length; i++) {
      int prompts = Integer.parseInt(arguments[i]);
      for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
        bench.round(iteration++, prompts, round == 0 ? " (warms up)" : "");
      }
    }
    spark.stop();
  }

  private static PolicyVersion policy(Path folder) {
    int vocab = CharacterTokenizer.vocabSize(ALPHABET);
    var shape =
        new ModelShape("qwen2", vocab, 128, 4, 4, 2, 32, 352, 512, 1e2, 1e-5, true, false, false);
    var random = new Random(1);
    float[] flat = new float[(int) ParameterLayout.of(shape).size()];
    for (int j = 0; j < flat.length; j++) {
      flat[j] = 0.02f * (float) random.nextGaussian();
    }
    Path tokenizer = folder.resolve("tokenizer");
    CharacterTokenizer.write(tokenizer, ALPHABET, shape.maxPositions());
    Path model = folder.resolve("policy");
    String sha256 = LoadedModel.save(model, shape, flat, DType.F32, tokenizer, Long.MAX_VALUE);
    return new PolicyVersion(0, Storage.local(), model.toString(), FolderWeights.of(model, sha256));
  }

  private void round(int iteration, int count, String note) throws Exception {
    List<Row> prompts =
        spark
            .createDataFrame(
                IntStream.range(0, count).mapToObj(i -> prompt(iteration, i)).toList(),
                Prompts.TABLE.columns())
            .collectAsList();
    long start = System.nanoTime();
    long tokens = alone(iteration, prompts);
    double alone = (System.nanoTime() - start) * 1e-9;
    var result =
        RolloutStage.run(
            spark, warehouse, config, Wave.only(iteration), policy, prompts, (d, t, n) -> {});
    System.out.printf(
        "%d responses: engine alone %d tokens in %.2f s, %.0f tokens/s; stage %d in %.2f s (engine"
            + " %.2f), %.0f tokens/s: %.1f%%%s%n",
        count * SAMPLES,
        tokens,
        alone,
        tokens / alone,
        result.tokens(),
        result.seconds(),
        result.modelSeconds(),
        result.tokens() / result.seconds(),
        100 * result.tokens() / result.seconds() / (tokens / alone),
        note);
  }

  private static Row prompt(int iteration, int index) {
    String text = "%030d".formatted(1000L * iteration + index);
    String id = "p" + iteration + "-" + index;
    return RowFactory.create(
        "set", id, "train", "d", 1, text, "1", "integer", null, "test", null, null, null, null,
        null, null);
  }

  /** The same requests by threads without Spark, which keep the tokens alone. */
  private long alone(int iteration, List<Row> prompts) throws Exception {
    List<List<DecodeRequest>> shares = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      shares.add(new ArrayList<>());
    }
    int[] ends;
    try (var tokenizer = policy.tokenizer()) {
      ends = tokenizer.eosIds();
      for (int i = 0; i < prompts.size(); i++) {
        String id = prompts.get(i).getAs(Prompts.PROMPT_ID);
        int[] tokens = tokenizer.encodePrompt(prompts.get(i).<String>getAs(Prompts.TEXT_OF_PROMPT));
        for (int s = 0; s < SAMPLES; s++) {
          long seed = Seeds.response(config.seed(), iteration, id, s);
          shares.get(i % PARTITIONS).add(new DecodeRequest(id, s, tokens, seed));
        }
      }
    }
    var total = new AtomicLong();
    var pool = Executors.newFixedThreadPool(PARTITIONS);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (var share : shares) {
      tasks.add(() -> decode(share, ends, total));
    }
    for (var future : pool.invokeAll(tasks)) {
      future.get();
    }
    pool.shutdown();
    return total.get();
  }

  private boolean decode(List<DecodeRequest> share, int[] ends, AtomicLong total) {
    int longest = share.stream().mapToInt(r -> r.promptTokens().length).max().orElse(0);
    var set = Set.copyOf(Arrays.stream(ends).boxed().toList());
    try (var scope = new PointerScope();
        var lease = PolicyHost.lease(policy.weights(), config.model());
        var parameters = Parameters.frozen(lease.shape(), lease.flat());
        var engine =
            new DecodeEngine(
                parameters, SLOTS, longest + TOKENS, Sampling.of(config.rollout()), set)) {
      engine.decode(share.iterator(), d -> total.addAndGet(d.tokens().length), n -> {});
    }
    return true;
  }
}
