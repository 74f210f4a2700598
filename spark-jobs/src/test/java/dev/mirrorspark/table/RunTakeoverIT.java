package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two drivers of one run on real tables, the first of which was silent for a term. */
class RunTakeoverIT {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    var builder = SparkSession.builder().master("local[2]").appName("RunTakeoverIT");
    for (var setting : Warehouse.SPARK_DEFAULTS.entrySet()) {
      builder = builder.config(setting.getKey(), setting.getValue());
    }
    spark = builder.getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Row row(String versions) {
    return new Runs.Run(
            "run",
            "hash",
            "config",
            1,
            "any",
            Map.of("v", versions),
            Instant.EPOCH,
            Optional.empty())
        .toRow();
  }

  /** The second driver's lease, after the first one was silent for the term. */
  private static RunLease takeOver(Warehouse second) throws Exception {
    // the first driver's process is this one and lives; it only gives no sign
    Files.delete(folder.resolve("_locks/run/00000001.alive"));
    return second.hold("run", SECOND);
  }

  @Test
  void whoWakesUpAfterAnotherTookItsRunOverCommitsNothing() throws Exception {
    var first = Warehouse.open(spark, folder.toString());
    var second = Warehouse.open(spark, folder.toString());
    try (var slow = first.hold("run", Duration.ofMinutes(10))) {
      first.append(Runs.TABLE, List.of(row("first")), "run/runs", 0);
      Thread.sleep(SECOND.toMillis());

      // the takeover comes in the middle of a commit of the first one: its rows are being computed
      var schema = Runs.TABLE.columns().asNullable();
      var rows =
          spark
              .createDataFrame(List.of(row("in the middle")), schema)
              .map((MapFunction<Row, Row>) InTheMiddle::pass, Encoders.row(schema));
      var commit = CompletableFuture.runAsync(() -> first.append(Runs.TABLE, rows, "run/runs", 1));
      InTheMiddle.COMPUTING.await();
      var taken = takeOver(second);
      InTheMiddle.TAKEN_OVER.countDown();
      var racing =
          assertInstanceOf(
              HeldRun.class, assertThrows(ExecutionException.class, commit::get).getCause());
      assertTrue(racing.getMessage().contains("run run was taken over by another driver (pid "));

      for (var table : List.of(Runs.TABLE, Iterations.TABLE)) {
        long version = second.version(table);
        assertThrows(
            HeldRun.class,
            () -> first.append(table, first.read(table).limit(0), "run/late", 7),
            table.name());
        assertEquals(version, second.version(table), table.name());
      }
      second.append(Runs.TABLE, List.of(row("second")), "run/runs", 1);
      first.append(Runs.TABLE, List.of(row("of another run")), "other/runs", 0);
      taken.close();
    }
    assertEquals(
        List.of("first", "of another run", "second"),
        second.read(Runs.TABLE).collectAsList().stream()
            .map(row -> Runs.Run.from(row).versions().get("v"))
            .sorted()
            .toList());
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
