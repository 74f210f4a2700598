package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables through Delta's public interfaces alone, as on a platform with a Delta of its own. */
class PublicDeltaIT {
  private static final Duration TERM = Duration.ofSeconds(1);

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    spark.conf().set(DeltaTableLog.SETTING, "public");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Row row(String run, String versions) {
    return new Runs.Run(
            run, "hash", "config", 1, "any", Map.of("v", versions), Instant.EPOCH, Optional.empty())
        .toRow();
  }

  private static List<String> versions(Warehouse warehouse) {
    return warehouse.read(Runs.TABLE).collectAsList().stream()
        .map(row -> Runs.Run.from(row).versions().get("v"))
        .sorted()
        .toList();
  }

  @Test
  void theSameTablesAsThroughDeltasOwnClasses() {
    var path = folder.resolve("same").toString();
    var warehouse = Warehouse.open(spark, path);
    assertEquals(-1, warehouse.version(Runs.TABLE));
    assertTrue(warehouse.read(Runs.TABLE).isEmpty());
    assertEquals(OptionalLong.empty(), warehouse.committed(Runs.TABLE, "a/runs"));
    warehouse.append(Runs.TABLE, List.of(row("a", "1")), "a/runs", 3);
    warehouse.append(Runs.TABLE, List.of(row("a", "again")), "a/runs", 3);
    warehouse.append(Runs.TABLE, List.of(row("b", "2")), "b/runs", 0);
    assertEquals(List.of("1", "2"), versions(warehouse));
    assertEquals(OptionalLong.of(3), warehouse.committed(Runs.TABLE, "a/runs"));
    assertEquals(OptionalLong.of(0), warehouse.committed(Runs.TABLE, "b/runs"));
    assertEquals(OptionalLong.empty(), warehouse.committed(Runs.TABLE, "c/runs"));
    assertEquals(2, warehouse.version(Runs.TABLE));

    warehouse.create(Trajectories.TABLE);
    spark.conf().set(DeltaTableLog.SETTING, "auto");
    try {
      var own = Warehouse.open(spark, path); // checks columns, comments and constraints
      assertEquals(List.of("1", "2"), versions(own));
      own.append(Runs.TABLE, List.of(row("a", "4")), "a/runs", 4);
      assertEquals(OptionalLong.of(4), warehouse.committed(Runs.TABLE, "a/runs"));
      assertEquals(List.of("1", "2", "4"), versions(warehouse));
    } finally {
      spark.conf().set(DeltaTableLog.SETTING, "public");
    }
    var log = new PublicDeltaLog(spark, warehouse.path(Trajectories.TABLE));
    assertEquals(
        Arrays.stream(Trajectories.TABLE.columns().fields()).map(StructField::getComment).toList(),
        Arrays.stream(log.schema().fields()).map(StructField::getComment).toList());
    var wrong = row("", "5");
    assertThrows(
        RuntimeException.class, () -> warehouse.append(Runs.TABLE, List.of(wrong), "d/runs", 0));
    assertEquals(List.of("1", "2", "4"), versions(warehouse));
  }

  /** The takeover comes while the rows of the first driver's commit are being computed. */
  @Test
  void whoWakesUpAfterAnotherTookItsRunOverCommitsNothing() throws Exception {
    var path = folder.resolve("taken").toString();
    var first = Warehouse.open(spark, path);
    var second = Warehouse.open(spark, path);
    first.create(Runs.TABLE);
    try (var slow = first.hold("run", Duration.ofMinutes(10))) {
      Thread.sleep(TERM.toMillis());
      var schema = Runs.TABLE.columns().asNullable();
      var rows =
          spark
              .createDataFrame(List.of(row("run", "in the middle")), schema)
              .map((MapFunction<Row, Row>) InTheMiddle::pass, Encoders.row(schema));
      var commit = CompletableFuture.runAsync(() -> first.append(Runs.TABLE, rows, "run/runs", 1));
      InTheMiddle.COMPUTING.await();
      // the first driver's process is this one and lives; it only gives no sign
      Files.delete(folder.resolve("taken/_locks/run/00000001.alive"));
      var lease = RunLease.acquire(path, "run", TERM, spark.sessionState().newHadoopConf());
      new PublicDeltaLog(spark, second.path(Runs.TABLE)).fence(lease);
      InTheMiddle.TAKEN_OVER.countDown();
      assertInstanceOf(
          HeldRun.class, assertThrows(ExecutionException.class, commit::get).getCause());
      assertThrows(
          HeldRun.class,
          () -> first.append(Runs.TABLE, List.of(row("run", "late")), "run/late", 7));
      second.append(Runs.TABLE, List.of(row("run", "second")), "run/runs", 1);
      first.append(Runs.TABLE, List.of(row("other", "of another run")), "other/runs", 0);
      lease.close();
    }
    assertEquals(List.of("of another run", "second"), versions(second));
  }

  /** A task of the first driver waits here while the second one begins. */
  static final class InTheMiddle {
    static final CountDownLatch COMPUTING = new CountDownLatch(1);
    static final CountDownLatch TAKEN_OVER = new CountDownLatch(1);

    static Row pass(Row row) throws InterruptedException {
      COMPUTING.countDown();
      TAKEN_OVER.await();
      return row;
    }

    private InTheMiddle() {}
  }
}
