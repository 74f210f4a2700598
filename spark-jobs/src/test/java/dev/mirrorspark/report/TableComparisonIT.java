package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.rapids.GpuParts;
import dev.mirrorspark.rapids.StagePlans;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableComparisonIT {
  @TempDir private static Path folder;
  private static StagePlans plans;
  private static SparkSession spark;
  private static TableComparison.Side one;

  @BeforeAll
  static void open() {
    plans = GpuParts.beside(LocalSpark.open());
    spark = plans.session();
    one = side("one", "run", 1.0, 5, 2);
  }

  @AfterAll
  static void stop() {
    GpuParts.checkAndStop(plans);
  }

  @Test
  void timingsAndPlacesDoNotCount() {
    var comparison = TableComparison.of(one, side("same", "run", 2.0, 5, 2));
    assertEquals(List.of(), comparison.differences());
    assertTrue(comparison.equal());
    assertEquals(Warehouse.TABLES.size(), comparison.tables().size());
    assertTrue(comparison.rows().contains(List.of("trajectories", "2", "2", "equal")));
    assertTrue(comparison.rows().contains(List.of("runs", "1", "1", "equal")));
  }

  @Test
  void theNameOfTheRunDoesNotCount() {
    assertEquals(
        List.of(), TableComparison.of(one, side("renamed", "other", 1.0, 5, 2)).differences());
  }

  @Test
  void theFirstValueThatDiffersIsNamed() {
    var comparison = TableComparison.of(one, side("different", "run", 1.0, 6, 2));
    assertFalse(comparison.equal());
    assertEquals(
        List.of(
            "trajectories: 2 rows with other values, the first: run=run, born=0, prompt_id=a,"
                + " sample=0, segment=0: token_ids[1] is 5 here and 6 in the other"),
        comparison.differences());
  }

  @Test
  void rowsOfOneAloneAreNamed() {
    var fewer = side("fewer", "run", 1.0, 5, 1);
    String key = "run=run, born=0, prompt_id=a, sample=1, segment=0";
    assertEquals(
        List.of("trajectories: 1 rows only here, the first: " + key),
        TableComparison.of(one, fewer).differences());
    assertEquals(
        List.of("trajectories: 1 rows only in the other, the first: " + key),
        TableComparison.of(fewer, one).differences());
  }

  private static TableComparison.Side side(
      String name, String run, double seconds, int token, int responses) {
    var warehouse = Warehouse.open(spark, folder.resolve(name).toString());
    warehouse.append(
        Prompts.TABLE,
        List.of(
            RowFactory.create(
                "set", "a", "train", "d", 1, "t", "1", "integer", null, "s", null, null, null, null,
                null, null),
            RowFactory.create(
                name, "b", "train", "d", 1, "t", "1", "integer", null, "s", null, null, null, null,
                null, null)),
        "test",
        0);
    for (int sample = 0; sample < responses; sample++) {
      warehouse.append(
          Trajectories.TABLE, List.of(trajectory(run, sample, seconds, token)), "test", sample);
    }
    var policy =
        new Policy(
            run,
            0,
            OptionalInt.empty(),
            folder.resolve(name) + "/_models/policy-00000",
            "a".repeat(64),
            ProducedBy.INIT,
            OptionalInt.empty(),
            List.of(new Policies.Step(0, 1, 2, 3, 4, Double.NaN, seconds)),
            Optional.empty());
    warehouse.append(Policies.TABLE, List.of(policy.toRow()), "test", 0);
    var iteration =
        ReportRows.iteration(
            0, 0.5, 60, seconds, Map.of("gate", seconds), Map.of("update", seconds));
    Row row = iteration.toRow();
    Object[] cells = new Object[row.length()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = row.get(i);
    }
    cells[0] = run;
    warehouse.append(Iterations.TABLE, List.of(RowFactory.create(cells)), "test", 0);
    var record =
        new Runs.Run(
            run,
            "hash of " + run,
            "---\nrun: \"" + run + "\"\nseed: 1\n",
            1,
            "avx2",
            Map.of("spark", "3", "java", "17"),
            Instant.ofEpochSecond((long) seconds),
            Optional.empty());
    warehouse.append(Runs.TABLE, List.of(record.toRow()), "test", 0);
    return new TableComparison.Side(warehouse, run, "set");
  }

  private static Row trajectory(String run, int sample, double seconds, int token) {
    return RowFactory.create(
        run,
        0,
        0,
        "a",
        sample,
        0,
        0,
        new int[] {1},
        new int[] {4, token},
        new float[] {-1, -2},
        "x",
        "stop",
        1.0,
        7L,
        2,
        Timestamp.from(Instant.ofEpochSecond((long) seconds)),
        seconds);
  }
}
