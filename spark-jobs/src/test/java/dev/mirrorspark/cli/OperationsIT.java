package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does to a run: starts of limited length, its status, a fork, maintenance. */
@TestMethodOrder(OrderAnnotation.class)
class OperationsIT {
  @TempDir private static Path folder;
  private static TinyCommands commands;

  @BeforeAll
  static void train() {
    commands = TinyCommands.trained(folder);
  }

  @Test
  @Order(1)
  void startsOfLimitedLengthGoOnFromEachOther() {
    var unfinished = commands.run("status", List.of("train.iterations=3"));
    assertEquals(3, unfinished.exitCode(), unfinished.err());
    assertTrue(unfinished.out().contains("1 of 3 iterations; start train to go on"));
    assertTrue(unfinished.out().contains("driver   none"), unfinished.out());

    var start = commands.succeeds("train", List.of("train.iterations=3", "schedule.iterations=1"));
    assertTrue(
        start.out().contains("2 of 3 iterations; this start ends here (schedule.iterations = 1)"),
        start.out());
    commands.succeeds("train", List.of("train.iterations=3", "schedule.minutes=60"));
    assertEquals(List.of(0, 1, 2), iterations("tiny"));

    var finished = commands.succeeds("status", List.of("train.iterations=3"));
    assertTrue(finished.out().contains("finished: 3 of 3 iterations"), finished.out());
    var again = commands.succeeds("train", List.of("train.iterations=3", "schedule.iterations=1"));
    assertTrue(again.out().contains("has its 3 iterations"), again.out());
  }

  @Test
  @Order(2)
  void aForkWithTheSameSettingsTakesTheSameWay() {
    var same = List.of("run=again", "train.iterations=3");
    commands.succeeds("fork tiny@1", same);
    commands.refused("fork tiny@1", same, "run again is there already");
    commands.refused("fork tiny@4", List.of("run=other"), "begins with iteration 0 to 3, not 4");
    commands.refused("fork tiny@1", List.of(), "cannot be forked into itself");
    commands.succeeds("train", same);
    assertEquals(sha256("tiny"), sha256("again"));
    commands.succeeds("eval", same);
    assertTrue(
        commands
            .succeeds(
                "sql SELECT count(*) - count(DISTINCT version) twice FROM policies WHERE"
                    + " run='again' --format csv",
                List.of())
            .out()
            .endsWith("\n0\n"));
    commands.refused(
        "sql WITH x AS (SELECT 1) INSERT INTO policies SELECT * FROM policies",
        List.of(),
        "sql reads only");
    assertFalse(
        Files.exists(folder.resolve("warehouse/_models/again/policy-00000")),
        "weights are not copied");
    assertTrue(commands.succeeds("replay 2", same).out().contains("same weights"));
  }

  @Test
  @Order(3)
  void maintenanceTakesNothingThatIsNeeded() throws Exception {
    var three = List.of("train.iterations=3");
    var before = sha256("tiny");
    Path stray = Files.createDirectories(folder.resolve("warehouse/_models/tiny/policy-00099"));
    Files.writeString(stray.resolve("model.safetensors"), "half");
    Path young = Files.createDirectories(folder.resolve("warehouse/_replay/tiny-now"));
    Files.setLastModifiedTime(stray, FileTime.from(Instant.now().minus(Duration.ofDays(9))));
    var said = commands.succeeds("maintain --min-files 2", three).out();
    assertFalse(Files.exists(stray), said);
    assertTrue(Files.exists(young), said);
    assertTrue(said.contains("trajectories: "), said);
    assertTrue(
        Files.exists(folder.resolve("warehouse/trajectories/_delta_log/_last_checkpoint")),
        "a start reads one file of the log");
    assertTrue(commands.succeeds("replay 1", three).out().contains("same weights"));
    commands.succeeds("train", List.of("train.iterations=4"));
    var after = sha256("tiny");
    assertEquals(before.size() + 1, after.size());
    assertEquals(before, after.subList(0, before.size()));
    commands.refused("maintain --retain-hours 1", three, "--retain-hours is at least 24");
  }

  private static List<Integer> iterations(String run) {
    try (var spark = LocalSpark.open()) {
      return Warehouse.open(spark, folder.resolve("warehouse").toString())
          .read(Iterations.TABLE)
          .where("run = '" + run + "'")
          .orderBy(Iterations.ITERATION)
          .collectAsList()
          .stream()
          .map(row -> row.<Integer>getAs(Iterations.ITERATION))
          .toList();
    }
  }

  private static List<String> sha256(String run) {
    Map<Integer, String> byVersion = new TreeMap<>();
    try (var spark = LocalSpark.open()) {
      Warehouse.open(spark, folder.resolve("warehouse").toString())
          .read(Policies.TABLE)
          .where("run = '" + run + "'")
          .collectAsList()
          .stream()
          .map(Policy::from)
          .forEach(policy -> byVersion.put(policy.version(), policy.sha256()));
    }
    return List.copyOf(byVersion.values());
  }
}
