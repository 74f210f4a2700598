package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The strategies over tables: 40 problems t0 to t39, ten each of levels 1, 2, 3 and 4. */
class SamplingStrategiesIT {
  private static final int ALL = 40;
  private static final int COUNT = 5;
  private static SparkSession spark;
  private static Warehouse warehouse;

  @TempDir private static Path folder;

  @BeforeAll
  static void open() {
    spark = SparkOfTests.open();
    warehouse = Warehouse.open(spark, folder.resolve("warehouse").toString());
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < ALL; i++) {
      rows.add(problem("train", "t" + i, level("t" + i)));
      rows.add(problem("heldout", "h" + i, 1));
    }
    warehouse.append(Prompts.TABLE, rows, "test/prompts", 0);
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  @Test
  void linearMeetsTheEasiestFirstAndAllInTheEnd() {
    var seen = new ArrayList<Set<Integer>>();
    for (int iteration = 0; iteration < 4; iteration++) {
      var ids = sample(iteration, "strategy=curriculum", "curriculum_iterations=4");
      assertEquals(COUNT, Set.copyOf(ids).size());
      seen.add(ids.stream().map(id -> level(id)).collect(Collectors.toSet()));
    }
    assertEquals(Set.of(1), seen.get(0)); // of 8 problems
    assertTrue(Set.of(1, 2).containsAll(seen.get(1)), seen.toString()); // of 16
    assertTrue(Set.of(1, 2, 3).containsAll(seen.get(2)), seen.toString()); // of 24
    assertEquals(
        sample(4, "strategy=uniform"), sample(4, "strategy=curriculum", "curriculum_iterations=4"));
  }

  @Test
  void whatIsAdmittedStaysAdmittedWhileTheShareGrows() {
    var problems = warehouse.read(Prompts.TABLE).where("split = 'train'");
    var sampling = config("strategy=curriculum").sampling();
    Set<String> before = Set.of();
    for (int count = 3; count <= ALL; count += 6) {
      var admitted =
          Set.copyOf(
              ids(
                  Curriculum.admit(problems, sampling, 7, Curriculum.End.EASIEST, count)
                      .collectAsList()));
      assertEquals(count, admitted.size());
      assertTrue(admitted.containsAll(before));
      var rest =
          Curriculum.admit(problems, sampling, 7, Curriculum.End.HARDEST, ALL - count)
              .collectAsList();
      assertTrue(ids(rest).stream().noneMatch(admitted::contains));
      before = admitted;
    }
  }

  @Test
  void switchIsUniformFirstAndThenWalksThroughTheHardestOnly() {
    String[] sets = {
      "strategy=curriculum", "schedule=switch", "curriculum_iterations=4", "hard_share=0.25"
    };
    for (int iteration = 0; iteration < 4; iteration++) {
      assertEquals(sample(iteration, "strategy=uniform"), sample(iteration, sets));
    }
    var epoch = new HashSet<>(sample(4, sets));
    epoch.addAll(sample(5, sets));
    assertEquals(ids(id -> id >= 30), epoch);
  }

  @Test
  void aHardShareThatIsTooSmallIsWidened() {
    String[] sets = {
      "strategy=curriculum", "schedule=switch", "curriculum_iterations=1", "hard_share=0.05"
    };
    var ids = Set.copyOf(sample(1, sets));
    assertEquals(COUNT, ids.size());
    assertTrue(ids(id -> id >= 30).containsAll(ids), ids.toString());
    assertEquals(ids, Set.copyOf(sample(2, sets)));
  }

  @Test
  void prioritizedExploresWhatWasNeverTriedBeforeItRepeatsWhatIsSolved() {
    solved("explore", 0, id -> id < 32);
    var drawn = sample(1, "strategy=prioritized", "run=explore", "count=12");
    assertEquals(12, Set.copyOf(drawn).size());
    assertEquals(ids(id -> id >= 32), Set.copyOf(drawn.subList(0, 8)));
    assertEquals(
        Set.copyOf(drawn.subList(0, 5)),
        Set.copyOf(sample(1, "strategy=prioritized", "run=explore")));
  }

  @Test
  void theStageGivesTheSameRowsWhenItsIterationWasScored() {
    String[] sets = {"strategy=prioritized", "run=again"};
    var first = rows(0, sets);
    solved("again", 0, id -> ids(first).contains("t" + id));
    assertEquals(first, rows(0, sets));
    var second = rows(1, sets);
    assertTrue(ids(second).stream().noneMatch(ids(first)::contains));
    solved("again", 1, id -> ids(second).contains("t" + id));
    assertEquals(first, rows(0, sets));
    assertEquals(second, rows(1, sets));
    assertNotEquals(ids(second), sample(1, "strategy=prioritized", "run=again", "seed=2"));
    assertEquals(
        List.of(warehouse.read(Prompts.TABLE).drop(Prompts.SOLUTION).columns()),
        List.of(second.get(0).schema().fieldNames()));
  }

  @Test
  void mixedIsPrioritizedWithinTheCurriculum() {
    solved("mixed", 0, id -> id < 8);
    String[] sets = {"strategy=mixed", "run=mixed", "curriculum_iterations=4", "count=8"};
    var drawn = sample(1, sets); // 16 admitted: the solved ones of level 1, 2 more, 6 of level 2
    assertEquals(8, Set.copyOf(drawn).size());
    assertTrue(drawn.stream().allMatch(id -> level(id) <= 2), drawn.toString());
    assertTrue(ids(id -> id >= 8 && id < 20).containsAll(drawn), drawn.toString());
    assertTrue(drawn.containsAll(List.of("t8", "t9")), drawn.toString());
  }

  @Test
  void measuredDifficultyTakesThePlaceOfTheLevel() {
    solved("measured", 0, id -> id % 4 != 0);
    String[] sets = {
      "strategy=curriculum",
      "run=measured",
      "difficulty=pass_rate",
      "schedule=switch",
      "curriculum_iterations=1",
      "hard_share=0.25",
      "count=10"
    };
    assertEquals(ids(id -> id % 4 == 0), Set.copyOf(sample(1, sets)));
    assertEquals(
        List.of(warehouse.read(Prompts.TABLE).drop(Prompts.SOLUTION).columns()),
        List.of(rows(1, sets).get(0).schema().fieldNames()));
  }

  @Test
  void tooFewProblemsAreNamedWithTheSet() {
    for (String strategy : List.of("curriculum", "prioritized", "mixed")) {
      var error =
          assertThrows(UserError.class, () -> sample(0, "strategy=" + strategy, "count=41"));
      assertEquals(
          "prompts.dataset 'mine' has 40 training problems, train.prompts_per_iteration asks for"
              + " 41: lower it or add problems",
          error.getMessage());
    }
  }

  /** All of some problems' responses were right in an iteration. */
  private static void solved(String run, int iteration, IntPredicate problems) {
    List<Row> rows = new ArrayList<>();
    ids(problems).forEach(id -> rows.addAll(RewardRows.trial(run, iteration, id, 2, 0, 0)));
    warehouse.append(Rewards.TABLE, rows, run + "/score", iteration);
  }

  private static Set<String> ids(IntPredicate problems) {
    return IntStream.range(0, ALL)
        .filter(problems)
        .mapToObj(id -> "t" + id)
        .collect(Collectors.toSet());
  }

  private static List<String> ids(Collection<Row> rows) {
    return rows.stream().map(row -> row.<String>getAs(Prompts.PROMPT_ID)).toList();
  }

  private static int level(String id) {
    return 1 + Integer.parseInt(id.substring(1)) / 10;
  }

  private static List<String> sample(int iteration, String... sets) {
    return ids(rows(iteration, sets));
  }

  private static List<Row> rows(int iteration, String... sets) {
    return PromptSampling.sample(warehouse, config(sets), Wave.only(iteration), 0);
  }

  /** Settings of section {@code sampling}, or {@code run}, {@code seed}, {@code count}. */
  private static RunConfig config(String... sets) {
    var keys =
        Stream.of(sets)
            .map(
                set ->
                    set.startsWith("count=")
                        ? "train.prompts_per_iteration=" + set.substring(6)
                        : set.matches("(run|seed)=.*") ? set : "sampling." + set);
    var defaults = Stream.of("prompts.dataset=mine", "train.prompts_per_iteration=" + COUNT);
    return RunFile.load(Optional.empty(), Stream.concat(defaults, keys).toList());
  }

  private static Row problem(String split, String id, int level) {
    return RowFactory.create(
        "mine",
        id,
        split,
        "d",
        level,
        "text of " + id,
        "1",
        "integer",
        null,
        "test",
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
