package dev.mirrorspark.rollout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.decode.TinyPolicy;
import dev.mirrorspark.decode.UncachedLogprobs;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RolloutIT {
  private record Update(int done, int total, long tokens) {}

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;
  private static PolicyVersion policy;

  private final List<Update> updates = Collections.synchronizedList(new ArrayList<>());

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
    policy = TinyPolicy.write(folder, 4);
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void everyResponseIsARowAndARerunAddsNone() {
    var config = config("once", 2, 3);
    var result = run(config, 0, prompts(5));
    var rows = rows("once");
    assertEquals(15, rows.size());
    var keys = new HashSet<String>();
    long tokens = 0;
    for (Row row : rows) {
      String id = row.getAs(Trajectories.PROMPT_ID);
      int sample = row.getAs(Trajectories.SAMPLE);
      keys.add(id + "/" + sample);
      assertEquals(4, row.<Integer>getAs(Trajectories.POLICY_VERSION));
      assertEquals(Seeds.response(9, 0, id, sample), row.<Long>getAs(Trajectories.SEED));
      tokens += row.<Integer>getAs(Trajectories.TOKENS);
    }
    assertEquals(15, keys.size());
    assertEquals(15, result.responses());
    assertEquals(tokens, result.tokens());
    assertTrue(result.modelSeconds() > 0 && result.modelSeconds() < result.seconds());
    assertEquals(new Update(0, 15, 0), updates.get(0));
    assertEquals(new Update(15, 15, tokens), updates.get(updates.size() - 1));

    updates.clear();
    var again = run(config, 0, prompts(5));
    assertEquals(rows, rows("once"));
    assertEquals(15, again.responses());
    assertEquals(tokens, again.tokens());
    assertTrue(again.seconds() > 0);
    assertEquals(List.of(), updates);
  }

  @Test
  void theSameRolloutGivesTheSameRowsInAnotherWarehouse() {
    var config = config("twin", 2, 3);
    var other = Warehouse.open(spark, folder.resolve("other").toString());
    run(config, 3, prompts(7));
    RolloutStage.run(
        spark, other, config, Wave.only(3), policy, prompts(7), (done, total, tokens) -> {});
    assertEquals(
        untimed(warehouse.read(Trajectories.TABLE).where("run = 'twin'")),
        untimed(other.read(Trajectories.TABLE)));
  }

  @Test
  void laterIterationsDrawAnew() {
    var config = config("later", 2, 2);
    run(config, 0, prompts(4));
    run(config, 1, prompts(4));
    var texts = new HashSet<String>();
    rows("later").forEach(row -> texts.add(row.getAs(Trajectories.TEXT_OF_RESPONSE)));
    assertTrue(texts.size() > 12, texts.toString());
    assertEquals(16, rows("later").size());
  }

  @Test
  void storedLogprobsAreThoseOfAnUncachedForwardPass() {
    run(config("logprobs", 3, 2), 0, prompts(6));
    float[] flat = TinyPolicy.flat(policy.version());
    for (Row row : rows("logprobs")) {
      int[] prompt = ints(row, Trajectories.PROMPT_TOKEN_IDS);
      int[] tokens = ints(row, Trajectories.TOKEN_IDS);
      List<Float> logprobs = row.getList(row.fieldIndex(Trajectories.LOGPROBS));
      double[][] expected =
          UncachedLogprobs.distributions(TinyPolicy.SHAPE, flat, prompt, tokens, 1.3);
      for (int t = 0; t < tokens.length; t++) {
        assertEquals(expected[t][tokens[t]], logprobs.get(t), 1e-4, "token " + t);
      }
    }
  }

  @Test
  void aPromptThatFillsTheContextGetsAnEmptyResponse() {
    var prompts = new ArrayList<>(prompts(3));
    prompts.add(1, prompt("long", "1+".repeat(40)));
    assertEquals(8, run(config("long", 2, 2), 0, prompts).responses());
    var rows = rows("long").stream().filter(row -> row.getAs("prompt_id").equals("long")).toList();
    assertEquals(2, rows.size());
    for (Row row : rows) {
      assertEquals(0, row.<Integer>getAs(Trajectories.TOKENS));
      assertEquals("", row.getAs(Trajectories.TEXT_OF_RESPONSE));
      assertEquals("length", row.getAs(Trajectories.STOP_REASON));
    }
  }

  @Test
  void morePartitionsThanResponsesAreNoFault() {
    assertEquals(2, run(config("wide", 5, 1), 0, prompts(2)).responses());
    assertEquals(2, rows("wide").size());
  }

  @Test
  void progressShowsWhileTasksRun() {
    run(config("live", 1, 100), 0, prompts(10));
    assertTrue(
        updates.stream().anyMatch(u -> u.done() > 0 && u.done() < u.total()), updates.toString());
    for (int i = 1; i < updates.size(); i++) {
      assertTrue(updates.get(i).tokens() >= updates.get(i - 1).tokens(), updates.toString());
    }
  }

  private RolloutResult run(RunConfig config, int iteration, List<Row> prompts) {
    return RolloutStage.run(
        spark,
        warehouse,
        config,
        Wave.only(iteration),
        policy,
        prompts,
        (done, total, tokens) -> updates.add(new Update(done, total, tokens)));
  }

  private static RunConfig config(String run, int partitions, int samples) {
    return RunFile.parse(
        "rollout: {slots: 4, temperature: 1.3, max_tokens: 24}",
        List.of(
            "run=" + run,
            "seed=9",
            "rollout.partitions=" + partitions,
            "train.samples=" + samples));
  }

  private static List<Row> prompts(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> prompt("p" + i, i + "+" + (i + 1) + "="))
        .toList();
  }

  private static Row prompt(String id, String text) {
    var row =
        RowFactory.create(
            "set", id, "train", "d", 1, text, "1", "integer", null, "test", null, null, null, null,
            null, null);
    return spark.createDataFrame(List.of(row), Prompts.TABLE.columns()).first();
  }

  private static List<Row> rows(String run) {
    return warehouse
        .read(Trajectories.TABLE)
        .where("run = '" + run + "'")
        .orderBy(Trajectories.ITERATION, Trajectories.PROMPT_ID, Trajectories.SAMPLE)
        .collectAsList();
  }

  private static List<Row> untimed(Dataset<Row> rows) {
    return rows.drop(Trajectories.TABLE.timings().toArray(String[]::new))
        .orderBy(Trajectories.PROMPT_ID, Trajectories.SAMPLE)
        .collectAsList();
  }

  private static int[] ints(Row row, String column) {
    List<Integer> values = row.getList(row.fieldIndex(column));
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
