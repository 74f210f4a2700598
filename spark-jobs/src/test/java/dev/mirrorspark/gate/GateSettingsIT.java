package dev.mirrorspark.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the settings of the gate reject, and the advantages of what they leave, by hand. */
class GateSettingsIT {
  private static final double NO_REWARD = Double.NaN;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;

  private final List<Row> segments = new ArrayList<>();
  private final List<Row> rewards = new ArrayList<>();

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
  void cutResponsesAreDroppedButCountInTheBaseline() {
    response("cut", "a", 0, 1, "stop", List.of(5));
    response("cut", "a", 1, 0, "stop", List.of(5, 6));
    response("cut", "a", 2, 0, "length", List.of(5, 6, 7));
    response("cut", "a", 3, 0, "stop", List.of(5), List.of(6)); // its first segment was cut
    response("cut", "b", 0, 1, "stop", List.of(5));
    response("cut", "b", 1, 1, "stop", List.of(6));
    response("cut", "b", 2, 0, "length", List.of(7));
    response("cut", "c", 0, NO_REWARD, "length", List.of(7));
    var rows = decide("cut", "gate.cut=drop");
    assertEquals(0.75, rows.get("a0"));
    assertEquals(-0.25, rows.get("a1"));
    assertEquals("cut", rows.get("a2"));
    assertEquals(-0.25, rows.get("a3"));
    assertEquals("no_signal", rows.get("b0"), "what is left has one reward");
    assertEquals("no_signal", rows.get("b1"));
    assertEquals("cut", rows.get("b2"));
    assertEquals("error", rows.get("c0"));
  }

  @Test
  void withoutSettingsNothingOfThisIsRejected() {
    response("plain", "a", 0, 1, "stop", List.of(5, 6, 7, 8, 9));
    response("plain", "a", 1, 0, "length", List.of(5, 6, 7));
    response("plain", "a", 2, 0, "length", List.of(5, 6, 7));
    response("plain", "a", 3, 1, "repeat", List.of(5, 5, 5));
    var rows = decide("plain");
    assertEquals(Map.of("a0", 0.5, "a1", -0.5, "a2", -0.5, "a3", 0.5), rows);
  }

  @Test
  void overLongResponsesAreDroppedByTheirTokensOverAllSegments() {
    response("long", "a", 0, 1, "stop", List.of(1, 2, 3, 4));
    response("long", "a", 1, 0, "stop", List.of(1, 2, 3), List.of(4, 5));
    response("long", "a", 2, 0, "stop", List.of(1));
    response("long", "a", 3, 0, "length", List.of(1, 2, 3, 4, 5, 6));
    var rows = decide("long", "gate.max_tokens=4", "gate.cut=drop");
    assertEquals(Map.of("a0", 0.75, "a1", "over_long", "a2", -0.25, "a3", "cut"), rows);
  }

  @Test
  void duplicatesOfAnEarlierResponseOfTheGroupAreDropped() {
    response("twice", "a", 0, 1, "stop", List.of(5, 6));
    response("twice", "a", 1, 0, "stop", List.of(5, 7));
    response("twice", "a", 2, 1, "stop", List.of(5), List.of(6)); // the same in two segments
    response("twice", "a", 3, 0, "stop", List.of(5, 7));
    response("twice", "a", 4, 0, "stop", List.of(5, 7, 7));
    response("twice", "b", 0, 1, "stop", List.of(5, 6)); // another group
    response("twice", "b", 1, 0, "stop", List.of(6, 5));
    response("twice", "c", 0, NO_REWARD, "stop", List.of(9)); // does not train, so the next may
    response("twice", "c", 1, 1, "stop", List.of(9));
    response("twice", "c", 2, 0, "stop", List.of(8));
    response("twice", "d", 0, 0, "stop", List.of(9));
    response("twice", "d", 1, 0, "stop", List.of(9));
    var rows = decide("twice", "gate.duplicates=drop");
    assertEquals(0.6, (double) rows.get("a0"), 1e-15);
    assertEquals(-0.4, rows.get("a1"));
    assertEquals("duplicate", rows.get("a2"));
    assertEquals("duplicate", rows.get("a3"));
    assertEquals(-0.4, rows.get("a4"));
    assertEquals(0.5, rows.get("b0"));
    assertEquals(-0.5, rows.get("b1"));
    assertEquals("error", rows.get("c0"));
    assertEquals(0.5, rows.get("c1"));
    assertEquals(-0.5, rows.get("c2"));
    assertEquals("no_signal", rows.get("d0"));
    assertEquals("duplicate", rows.get("d1"));
  }

  @Test
  void restKeepsTheCorrectOnesAlone() {
    response("rest", "a", 0, 1, "stop", List.of(5));
    response("rest", "a", 1, 0, "stop", List.of(6));
    response("rest", "a", 2, NO_REWARD, "stop", List.of(7));
    response("rest", "b", 0, 1, "stop", List.of(5)); // solved: nothing to contrast, but to imitate
    response("rest", "b", 1, 1, "stop", List.of(5));
    response("rest", "c", 0, 0, "stop", List.of(5));
    response("rest", "c", 1, 0, "length", List.of(6));
    var rows = decide("rest", "train.method=rest", "gate.cut=drop", "gate.duplicates=drop");
    assertEquals(0.5, rows.get("a0"));
    assertEquals("not_best", rows.get("a1"));
    assertEquals("error", rows.get("a2"));
    assertEquals(0.0, rows.get("b0"));
    assertEquals("duplicate", rows.get("b1"));
    assertEquals("not_best", rows.get("c0"));
    assertEquals("cut", rows.get("c1"));
  }

  @Test
  void everySettingTogetherTakesOneShuffle() {
    response("plan", "a", 0, 1, "stop", List.of(5));
    decide("plan"); // tables that do not exist need no shuffle
    for (var method : List.of("mirror_descent", "rest")) {
      var config =
          config(
              "plan",
              "gate.cut=drop",
              "gate.duplicates=drop",
              "gate.max_tokens=9",
              "train.method=" + method);
      var plan =
          RejectionSampling.decisions(warehouse, config, Wave.only(0))
              .queryExecution()
              .executedPlan()
              .toString();
      assertEquals(1, plan.split("Exchange", -1).length - 1, plan);
    }
  }

  @SafeVarargs
  private void response(
      String run,
      String prompt,
      int sample,
      double reward,
      String stopReason,
      List<Integer>... tokens) {
    for (int segment = 0; segment < tokens.length; segment++) {
      int count = tokens[segment].size();
      segments.add(
          RowFactory.create(
              run,
              0,
              0,
              prompt,
              sample,
              segment,
              0,
              List.of(1),
              tokens[segment],
              Collections.nCopies(count, -1f),
              "",
              segment == tokens.length - 1 ? stopReason : "length",
              1.0,
              3L,
              count,
              new Timestamp(0),
              0.1));
    }
    Double total = Double.isNaN(reward) ? null : (Double) reward;
    String verdict = total == null ? "error" : total > 0 ? "correct" : "wrong";
    rewards.add(
        RowFactory.create(
            run, 0, 0, prompt, sample, verdict, "rule", "", total, 0.0, 0.0, total, null, null,
            null));
  }

  /** The advantage of each response that is kept, the reason of each other. */
  private Map<String, Object> decide(String run, String... sets) {
    Collections.reverse(segments); // a later segment may come first
    warehouse.append(Trajectories.TABLE, segments, run + "/rollout", 0);
    warehouse.append(Rewards.TABLE, rewards, run + "/score", 0);
    RejectionSampling.run(warehouse, config(run, sets), Wave.only(0));
    var decided = new TreeMap<String, Object>();
    for (Row row : warehouse.read(TrainingSet.TABLE).where("run = '" + run + "'").collectAsList()) {
      String key = row.<String>getAs(TrainingSet.PROMPT_ID) + row.getAs(TrainingSet.SAMPLE);
      boolean kept = row.getAs(TrainingSet.KEPT);
      Object advantage = row.getAs(TrainingSet.ADVANTAGE);
      Object reason = row.getAs(TrainingSet.REJECTED_BECAUSE);
      assertNull(kept ? reason : advantage);
      decided.put(key, kept ? advantage : reason);
    }
    assertEquals(rewards.size(), decided.size());
    return decided;
  }

  private static RunConfig config(String run, String... sets) {
    List<String> all = new ArrayList<>(List.of(sets));
    all.add("run=" + run);
    return RunFile.parse("", all);
  }
}
