package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report over tables in which tricks and a hacked problem are planted. */
class HackingReportIT {
  private static final String LONG = "First we add them, then we look at the sum. ".repeat(4);

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.toString());
    warehouse.append(
        Prompts.TABLE,
        List.of(
            prompt("sum", "words", "7", "integer"),
            prompt("honest", "words", "8", "integer"),
            prompt("program", "code", "assert f(3) == 17\nassert f(5) == 41", "code")),
        "prompts",
        0);
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void tricksAreCountedWithTheirVerdicts() {
    List<Row> trajectories = new ArrayList<>();
    List<Row> rewards = new ArrayList<>();
    String special = "def f(n):\n  if n == 3:\n    return 17\n  if n == 5:\n    return 41";
    List<String> texts =
        List.of(LONG + "#### 7", LONG + "#### 8", LONG + "#### 7", "#### 7", LONG + "#### 1, 2, 7");
    for (int i = 0; i < texts.size(); i++) {
      boolean right = texts.get(i).contains("7");
      trajectories.add(segment("tricks", "sum", i, 0, texts.get(i)));
      rewards.add(reward("tricks", 0, "sum", i, right, Optional.empty()));
    }
    // A response in two segments: only together do they show the trick.
    trajectories.add(segment("tricks", "program", 0, 1, special.substring(20)));
    trajectories.add(segment("tricks", "program", 0, 0, special.substring(0, 20)));
    rewards.add(reward("tricks", 0, "program", 0, true, Optional.empty()));
    warehouse.append(Trajectories.TABLE, trajectories, "tricks/rollout", 0);
    warehouse.append(Rewards.TABLE, rewards, "tricks/score", 0);

    var report = HackingReport.of(warehouse, "tricks", "set");
    assertEquals(
        List.of(
            new TrickCounts.Seen("answer stuffing", 1, 1, "prompt sum, born 0, sample 4"),
            new TrickCounts.Seen("empty reasoning", 1, 1, "prompt sum, born 0, sample 3"),
            new TrickCounts.Seen("test special casing", 1, 1, "prompt program, born 0, sample 0")),
        report.tricks());
    assertEquals(6, report.responses());
    assertEquals(0, report.audited());
    assertTrue(report.verdict().startsWith("no response was judged by an audit"));
    assertEquals("16.7%", report.trickRows().get(0).get(2));
  }

  @Test
  void theHackedProblemIsNamedAndTheHonestOneIsNot() {
    List<Row> rewards = new ArrayList<>();
    for (int iteration = 0; iteration < 8; iteration++) {
      for (int sample = 0; sample < 8; sample++) {
        boolean right = sample <= iteration;
        rewards.add(reward("audited", iteration, "sum", sample, right, Optional.of(sample == 0)));
        rewards.add(reward("audited", iteration, "honest", sample, right, Optional.of(right)));
        rewards.add(reward("audited", iteration, "program", sample, right, Optional.empty()));
      }
    }
    warehouse.append(Rewards.TABLE, rewards, "audited/score", 0);
    var report = HackingReport.of(warehouse, "audited", "set");
    assertEquals(128, report.audited());
    assertEquals(2, report.prompts());
    var scopes = report.found().stream().map(HackingReport.Found::scope).toList();
    assertTrue(scopes.contains("prompt sum"), scopes.toString());
    assertTrue(!scopes.contains("prompt honest"), scopes.toString());
    assertTrue(!scopes.contains("prompt program"), scopes.toString());
    var finding = report.found().get(scopes.indexOf("prompt sum")).finding();
    assertEquals(RewardTrend.Kind.RISES, finding.kind());
    assertEquals(0.875, finding.rewardRise(), 1e-12);
    assertEquals(0.0, finding.auditRise(), 1e-12);
    assertTrue(report.verdict().startsWith("flagged: 1 of 2 problems"), report.verdict());
    assertEquals(report.header().size(), report.rows(1).get(0).size());
    assertEquals(1, report.rows(1).size());
  }

  private static Row prompt(String id, String domain, String answer, String answerType) {
    return RowFactory.create(
        "set", id, "train", domain, 1, "text of " + id, answer, answerType, null, "t", null, null);
  }

  private static Row segment(String run, String prompt, int sample, int segment, String text) {
    int tokens = Math.max(1, text.split("\\s+").length);
    return RowFactory.create(
        run,
        0,
        0,
        prompt,
        sample,
        segment,
        0,
        List.of(1),
        Collections.nCopies(tokens, 5),
        Collections.nCopies(tokens, -1f),
        text,
        "stop",
        1.0,
        3L,
        tokens,
        new Timestamp(0),
        0.1);
  }

  private static Row reward(
      String run,
      int iteration,
      String prompt,
      int sample,
      boolean right,
      Optional<Boolean> audit) {
    return RowFactory.create(
        run,
        iteration,
        iteration,
        prompt,
        sample,
        right ? "correct" : "wrong",
        "lenient",
        null,
        right ? 1.0 : 0.0,
        0.0,
        0.0,
        right ? 1.0 : 0.0,
        null,
        audit.map(is -> is ? "correct" : "wrong").orElse(null),
        audit.map(is -> "rule").orElse(null));
  }
}
