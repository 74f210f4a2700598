package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreStageIT {
  private static final RunConfig CONFIG = RunFile.parse("run: score", List.of());

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.toString());
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void everyFinishedResponseGetsAVerdictOnce() {
    warehouse.append(
        Trajectories.TABLE,
        List.of(
            segment(0, "sum", 0, 0, "3+4=7;#7", "stop"),
            segment(0, "sum", 1, 0, "3+4=8;#8", "stop"),
            segment(0, "sum", 2, 0, "3+4=7;#7", "length"),
            segment(0, "sum", 3, 1, "=7;#7", "stop"), // the later segment of a continued response
            segment(0, "sum", 3, 0, "3+4", "length"),
            segment(0, "search", 0, 0, "#+", "stop"),
            segment(0, "faulty", 0, 0, "#7", "stop"),
            segment(0, "haiku", 0, 0, "#7", "stop"),
            segment(1, "sum", 0, 0, "#9", "stop")),
        "score/rollout",
        0);
    var prompts =
        List.of(
            prompt("sum", "7", "integer"),
            prompt("search", "1 1=2", "operators"),
            prompt("faulty", "7", "throws"),
            prompt("haiku", "7", "haiku"));
    ScoreStage.run(spark, warehouse, CONFIG, Wave.only(0), prompts);
    var rewards = rewards();
    assertEquals(7, rewards.size());
    assertReward(
        rewards.get(0), "faulty", 0, "error", "faulty", "java.io.IOException: no connection");
    assertReward(rewards.get(1), "haiku", 0, "error", "none", "no verifier for answer type haiku");
    assertReward(rewards.get(2), "search", 0, "correct", "operators", "final answer +");
    assertReward(rewards.get(3), "sum", 0, "correct", "rule", "final answer 7");
    assertReward(rewards.get(4), "sum", 1, "wrong", "rule", "final answer 8");
    assertReward(rewards.get(5), "sum", 2, "wrong", "rule", "no final answer: cut by length");
    assertReward(rewards.get(6), "sum", 3, "correct", "rule", "final answer 7");

    ScoreStage.run(spark, warehouse, CONFIG, Wave.only(0), prompts);
    assertEquals(rewards, rewards());
  }

  /**
   * With the weight 0.4 and lengths from 10 to 40: λ = ½, 1/6, −½, −1/6 of the four responses. The
   * second is wrong, the third was ended as repeating and is wrong whatever it holds.
   */
  @Test
  void lengthAndRepetitionHaveTermsOfTheirOwn() {
    for (int iteration = 0; iteration < 2; iteration++) {
      warehouse.append(
          Trajectories.TABLE,
          List.of(
              segment("terms", iteration, "sum", 0, 0, "#7", "stop", 10),
              segment("terms", iteration, "sum", 1, 0, "#8", "stop", 20),
              segment("terms", iteration, "sum", 2, 0, "#7", "repeat", 40),
              segment("terms", iteration, "sum", 3, 0, "#", "length", 10),
              segment("terms", iteration, "sum", 3, 1, "7", "stop", 20),
              segment("terms", iteration, "haiku", 0, 0, "#7", "stop", 10),
              segment("terms", iteration, "haiku", 1, 0, "#7", "repeat", 40)),
          "terms/rollout",
          iteration);
      var config =
          RunFile.parse(
              "reward: {length_weight: 0.4, length_warmup: 1, repeat_penalty: 0.25}",
              List.of("run=terms"));
      var prompts = List.of(prompt("sum", "7", "integer"), prompt("haiku", "7", "haiku"));
      ScoreStage.run(spark, warehouse, config, Wave.only(iteration), prompts);
    }
    var warmup = rewards("terms", 0);
    for (int error = 0; error < 2; error++) {
      assertTerms(warmup.get(error), "error", 0, 0);
      assertTerms(rewards("terms", 1).get(error), "error", 0, 0);
    }
    assertTerms(warmup.get(2), "correct", 0, 0);
    assertTerms(warmup.get(3), "wrong", 0, 0);
    assertTerms(warmup.get(4), "wrong", 0, -0.25);
    assertTerms(warmup.get(5), "correct", 0, 0);
    assertEquals("no final answer: ended as repeating", warmup.get(4).getAs(Rewards.DETAIL));
    var constant = rewards("terms", 1);
    assertTerms(constant.get(2), "correct", 0.2, 0);
    assertTerms(constant.get(3), "wrong", 0, 0);
    assertTerms(constant.get(4), "wrong", -0.2, -0.25);
    assertTerms(constant.get(5), "correct", -0.4 / 6, 0);
  }

  /**
   * It judges 0.75, 0.25, and fails on the third; the fourth did not end and is not shown to it.
   */
  @Test
  void aRewardModelJudgesInTheVerifiersPlace() {
    warehouse.append(
        Trajectories.TABLE,
        List.of(
            segment("model", 0, "sum", 0, 0, "#7", "stop", 2),
            segment("model", 0, "sum", 1, 0, "#", "length", 2),
            segment("model", 0, "sum", 1, 1, "7", "stop", 2),
            segment("model", 0, "sum", 2, 0, "#8", "stop", 2),
            segment("model", 0, "sum", 3, 0, "#7", "length", 2)),
        "model/rollout",
        0);
    var prompts = List.of(prompt("sum", "7", "integer"));
    warehouse.append(Prompts.TABLE, prompts, "prompts/set", 0);
    var config =
        RunFile.parse("reward: {model_raw: score}", List.of("run=model", "prompts.dataset=set"));
    ScoreStage.run(spark, warehouse, config, Wave.only(0), prompts, Optional.of(new Thirds()));
    var rewards = rewards("model", 0);
    assertModel(rewards.get(0), "correct", 0.75, "saw ?/7/#7");
    assertModel(rewards.get(1), "wrong", 0.25, "saw ?/7/#7");
    assertModel(rewards.get(2), "error", null, "saw ?/7/#8");
    assertModel(rewards.get(3), "wrong", 0.0, "no final answer: it did not end");
  }

  private static void assertModel(Row row, String verdict, Double raw, String detail) {
    assertEquals(verdict, row.getAs(Rewards.VERDICT));
    assertEquals("thirds", row.getAs(Rewards.VERIFIER));
    assertEquals(raw, row.getAs(Rewards.RAW));
    assertEquals(raw, row.getAs(Rewards.TOTAL));
    assertEquals(detail, row.getAs(Rewards.DETAIL));
  }

  private record Thirds() implements ModelScores {
    @Override
    public String verifier() {
      return "thirds";
    }

    @Override
    public Dataset<Row> of(Dataset<Row> responses) {
      return responses.selectExpr(
          "born",
          "prompt_id",
          "sample",
          "element_at(array(0.75D, 0.25D, null), sample + 1) AS score",
          "concat_ws('/', 'saw ' || question, reference, response) AS model_detail");
    }
  }

  private static void assertTerms(Row row, String verdict, double lengthTerm, double repeatTerm) {
    assertEquals(verdict, row.getAs(Rewards.VERDICT));
    assertEquals(lengthTerm, row.<Double>getAs(Rewards.LENGTH_TERM), 1e-15);
    assertEquals(repeatTerm, row.<Double>getAs(Rewards.REPEAT_TERM));
    if (verdict.equals("error")) {
      assertNull(row.getAs(Rewards.TOTAL));
    } else {
      double raw = verdict.equals("correct") ? 1 : 0;
      assertEquals(raw, row.<Double>getAs(Rewards.RAW));
      assertEquals(raw + lengthTerm + repeatTerm, row.<Double>getAs(Rewards.TOTAL), 1e-15);
    }
  }

  private static void assertReward(
      Row row, String prompt, int sample, String verdict, String verifier, String detail) {
    assertEquals(prompt, row.getAs(Rewards.PROMPT_ID));
    assertEquals(sample, row.<Integer>getAs(Rewards.SAMPLE));
    assertEquals(verdict, row.getAs(Rewards.VERDICT));
    assertEquals(verifier, row.getAs(Rewards.VERIFIER));
    assertEquals(detail, row.getAs(Rewards.DETAIL));
    if (verdict.equals("error")) {
      assertNull(row.getAs(Rewards.RAW));
      assertNull(row.getAs(Rewards.TOTAL));
    } else {
      assertEquals(verdict.equals("correct") ? 1.0 : 0.0, row.<Double>getAs(Rewards.RAW));
      assertEquals(row.<Double>getAs(Rewards.RAW), row.<Double>getAs(Rewards.TOTAL));
    }
    assertEquals(0.0, row.<Double>getAs(Rewards.LENGTH_TERM));
    assertEquals(0.0, row.<Double>getAs(Rewards.REPEAT_TERM));
  }

  private static List<Row> rewards() {
    return rewards("score", 0);
  }

  private static List<Row> rewards(String run, int iteration) {
    return warehouse
        .read(Rewards.TABLE)
        .where("run = '%s' AND iteration = %d".formatted(run, iteration))
        .orderBy(Rewards.PROMPT_ID, Rewards.SAMPLE)
        .collectAsList();
  }

  private static Row segment(
      int iteration, String prompt, int sample, int segment, String text, String stopReason) {
    return segment("score", iteration, prompt, sample, segment, text, stopReason, 2);
  }

  private static Row segment(
      String run,
      int iteration,
      String prompt,
      int sample,
      int segment,
      String text,
      String stopReason,
      int tokens) {
    return RowFactory.create(
        run,
        iteration,
        iteration,
        prompt,
        sample,
        segment,
        0,
        List.of(1),
        Collections.nCopies(tokens, 5),
        Collections.nCopies(tokens, -1f),
        text,
        stopReason,
        1.0,
        3L,
        tokens,
        new Timestamp(0),
        0.1);
  }

  private static Row prompt(String id, String answer, String answerType) {
    var row =
        RowFactory.create(
            "set",
            id,
            "train",
            "d",
            1,
            "?",
            answer,
            answerType,
            null,
            "test",
            null,
            null,
            null,
            null,
            null,
            null);
    return spark.createDataFrame(List.of(row), Prompts.TABLE.columns()).first();
  }
}
