package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.policy.FolderWeights;
import dev.mirrorspark.table.Prompts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Warm-up in stages that reach further, and sequences that all ranks share. */
class LongStagesIT {
  @TempDir Path work;
  private FolderWeights start;

  @BeforeEach
  void model() {
    start = StagesIT.model(work);
  }

  /** Every fifth example has 43 tokens: more than the model reaches. */
  private static Dataset<Row> examplesOfTwoLengths() {
    var solution = functions.col(Prompts.SOLUTION);
    var isLong = functions.col(Prompts.PROMPT_ID).rlike("[05]$");
    return StagesIT.examples()
        .withColumn(
            Prompts.SOLUTION,
            functions.when(isLong, functions.repeat(solution, 37)).otherwise(solution));
  }

  private Trained stages(RunConfig config) {
    return SftStage.run(
        SparkOfTests.context(),
        examplesOfTwoLengths(),
        config,
        start,
        StagesIT.output(config),
        StagesIT.QUIET);
  }

  private RunConfig raised(String warehouse, String theta, String... sets) {
    List<String> all = new ArrayList<>(List.of(sets));
    all.add("sft.epochs=1");
    all.add(
        "sft.stages=[{learning_rate: 0.005, final_learning_rate: 0.0005, warmup_steps: 1,"
            + " context: 64, long_share: 0.4, rope_theta: %s}]".formatted(theta));
    return StagesIT.config(work, warehouse, all.toArray(String[]::new));
  }

  /** 6 long examples have 258 tokens, 24 short ones 168: the epoch's 426 are shared 4 to 6. */
  @Test
  void aStageReachesFurtherAndSharesOutItsTokens() throws IOException {
    var trained = stages(raised("raised", "50000"));
    assertEquals(List.of(8L, 8L, 8L), sequences(trained.steps().subList(0, 3)));
    var second = trained.steps().subList(3, trained.steps().size());
    long tokens = second.stream().mapToLong(StepRecord::tokens).sum();
    long examples = second.stream().mapToLong(StepRecord::sequences).sum();
    // 40% of 426 are four examples of 43, 60% are 37 of 7
    assertEquals(4 + 37, examples);
    assertEquals(4 * 43 + 37 * 7, tokens);

    var shape = SftStage.shape(raised("raised", "50000"), start);
    assertEquals(64, shape.maxPositions());
    assertEquals(5e4, shape.rope().theta());
    var other = stages(raised("other", "10000"));
    for (int step = 0; step < 3; step++) {
      assertEquals(trained.steps().get(step).loss(), other.steps().get(step).loss());
    }
    assertNotEquals(trained.steps().get(3).loss(), other.steps().get(3).loss(), "another base");

    RunConfig cut = raised("cut", "50000", "update.snapshot_minutes=0");
    stages(cut);
    Files.delete(work.resolve("cut/_steps/default/sft/_DONE"));
    assertEquals(
        StagesIT.weights(trained),
        StagesIT.weights(stages(cut)),
        "the last step again, in its own shape");
  }

  private static List<Long> sequences(List<StepRecord> steps) {
    return steps.stream().map(StepRecord::sequences).toList();
  }

  @Test
  void stagesThatCannotBeAreRefused() {
    var lora = new LoraConfig(2, 4, List.of("q_proj"));
    var adapted =
        assertThrows(
            UserError.class, () -> SftStage.shape(raised("lora", "5e4"), start.training(lora, 1)));
    assertTrue(adapted.getMessage().startsWith("sft.context or rope_theta with adapters"));
    var lower =
        StagesIT.config(
            work, "lower", "sft.context=40", "sft.stages=[" + stage("context: 39") + "]");
    refusedStage(lower, "sft.stages.0.context = 39: the stage before it reaches 40");
    refusedStage(
        StagesIT.config(work, "base", "sft.rope_theta=100"),
        "sft.rope_theta = 100.0: it was 10000.0");
    refusedStage(
        StagesIT.config(work, "short", "sft.context=6"),
        "table prompts: all 30 warmup rows of dataset default are longer");
    refusedStage(
        StagesIT.config(work, "long", "sft.long_share=0.4"),
        "sft.long_share: the stage has no longer examples");
    refusedStage(
        StagesIT.config(work, "mix", "sft.mixture={chess: 1}"),
        "sft.mixture: the stage has no example of domain chess");
  }

  private static String stage(String keys) {
    return "{learning_rate: 0.005, final_learning_rate: 0.0005, " + keys + "}";
  }

  private void refusedStage(RunConfig config, String message) {
    var error =
        assertThrows(
            UserError.class,
            () ->
                SftStage.run(
                    SparkOfTests.context(),
                    StagesIT.examples(),
                    config,
                    start,
                    StagesIT.output(config),
                    StagesIT.QUIET));
    assertTrue(error.getMessage().startsWith(message), error.getMessage());
  }

  /** Long examples on both ranks at once, short ones on one: the same training. */
  @Test
  void longSequencesAreSpreadOverTheRanks() {
    Trained whole = stages(raised("whole", "50000", "update.ranks=3"));
    var config = raised("spread", "50000", "update.ranks=3", "update.spread_above=7");
    Trained spread = stages(config);
    assertEquals(whole.steps().size(), spread.steps().size());
    for (int step = 0; step < whole.steps().size(); step++) {
      StepRecord one = whole.steps().get(step);
      StepRecord other = spread.steps().get(step);
      assertEquals(one.sequences(), other.sequences());
      assertEquals(one.tokens(), other.tokens());
      assertEquals(one.loss(), other.loss(), 1e-4);
      assertEquals(one.gradNorm(), other.gradNorm(), 1e-3 * one.gradNorm());
    }
    assertNotEquals(StagesIT.weights(whole), StagesIT.weights(spread), "sums in another order");
    assertEquals(
        StagesIT.weights(spread),
        StagesIT.weights(
            stages(raised("again", "50000", "update.ranks=3", "update.spread_above=7"))));
  }
}
