package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarehouseIT {
  private static final TableSchema TRAJECTORIES = Trajectories.TABLE;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;

  @BeforeAll
  static void open() {
    var builder = SparkSession.builder().master("local[2]").appName("WarehouseIT");
    for (var setting : Warehouse.SPARK_DEFAULTS.entrySet()) {
      builder = builder.config(setting.getKey(), setting.getValue());
    }
    spark = builder.getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    warehouse = Warehouse.open(spark, folder.resolve("shared").toString());
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void openingAgainChangesNothing() {
    var before = versions(warehouse);
    assertEquals(before, versions(Warehouse.open(spark, warehouse.root())));
  }

  @Test
  void columnsCarryCommentsAndTablesTheirConstraints() {
    for (var table : Warehouse.TABLES) {
      warehouse.create(table);
      var fields = warehouse.read(table).schema().fields();
      assertEquals(List.of(table.columns().fieldNames()), names(warehouse.read(table)));
      for (int i = 0; i < fields.length; i++) {
        assertEquals(
            table.columns().fields()[i].getComment(), fields[i].getComment(), fields[i].name());
        assertTrue(fields[i].getComment().isDefined(), fields[i].name());
      }
      var detail =
          spark.sql("DESCRIBE DETAIL delta.`" + warehouse.path(table) + "`").collectAsList().get(0);
      assertEquals(table.comment(), detail.getAs("description"));
      var properties = detail.<String, String>getJavaMap(detail.fieldIndex("properties"));
      table
          .constraints()
          .forEach((name, sql) -> assertEquals(sql, properties.get("delta.constraints." + name)));
    }
  }

  @Test
  void violatingRowsAreRefusedAndChangeNothing() {
    refused("logprob_for_each_token", List.of(trajectory(0), trajectory(1, 2, 1, "stop")));
    refused("tokens_counted", List.of(trajectory(1, 2, 2, "stop", 3)));
    refused("stop_reason_known", List.of(trajectory(1, 2, 2, "bored")));
    var nameless = new ArrayList<Object>();
    for (int i = 0; i < TRAJECTORIES.columns().size(); i++) {
      nameless.add(i == 3 ? null : trajectory(0).get(i));
    }
    refused("prompt_id", List.of(RowFactory.create(nameless.toArray())));
  }

  @Test
  void everyConstraintHoldsForAnOrdinaryRowOfEachTable() {
    var now = Instant.EPOCH;
    Map<TableSchema, Row> rows =
        Map.of(
            Prompts.TABLE,
            RowFactory.create(
                "set", "p", "warmup", "chain", 1, "1+1", "2", "integer", "so 2", "chain", null,
                null, null, null, null, null),
            Rewards.TABLE,
            RowFactory.create(
                "rows", 0, 0, "p", 0, "error", "chain", "why", null, 0.0, 0.0, null, "timeout",
                "wrong", "rule"),
            TrainingSet.TABLE,
            RowFactory.create("rows", 0, 0, "p", 0, false, "no_signal", null, 5),
            Policies.TABLE,
            policy().toRow(),
            Iterations.TABLE,
            metrics().toRow(),
            Evals.TABLE,
            result().toRow(),
            EvalResults.TABLE,
            response().toRow(),
            Runs.TABLE,
            new Runs.Run(
                    "rows",
                    "c0ffee",
                    "seed: 1",
                    1,
                    "avx2",
                    Map.of("spark", "3.5.5"),
                    now,
                    Optional.of("other@3"))
                .toRow());
    rows.forEach((table, row) -> warehouse.append(table, List.of(row), "rows/all", 0));
    assertEquals(policy(), Policies.Policy.from(only(Policies.TABLE)));
    assertEquals(metrics(), Iterations.Metrics.from(only(Iterations.TABLE)));
    assertEquals(result(), Evals.Result.from(only(Evals.TABLE)));
    assertEquals(response(), EvalResults.Result.from(only(EvalResults.TABLE)));
    assertEquals("avx2", Runs.Run.from(only(Runs.TABLE)).instructionSet());
    assertEquals(now, Runs.Run.from(only(Runs.TABLE)).startedAt());
    assertEquals(Optional.of("other@3"), Runs.Run.from(only(Runs.TABLE)).forkedFrom());
  }

  @Test
  void theSameOrALowerVersionIsAppendedOnce() {
    var app = "again/rollout";
    assertEquals(OptionalLong.empty(), warehouse.committed(TRAJECTORIES, app));
    warehouse.append(TRAJECTORIES, List.of(trajectory(100)), app, 7);
    var version = warehouse.version(TRAJECTORIES);
    warehouse.append(TRAJECTORIES, List.of(trajectory(100)), app, 7);
    warehouse.append(TRAJECTORIES, List.of(trajectory(101)), app, 6);
    assertEquals(version, warehouse.version(TRAJECTORIES));
    assertEquals(1, iteration(warehouse, 100).count());
    assertEquals(0, iteration(warehouse, 101).count());

    var reopened = Warehouse.open(spark, warehouse.root());
    assertEquals(OptionalLong.of(7), reopened.committed(TRAJECTORIES, app));
    assertEquals(OptionalLong.empty(), reopened.committed(TRAJECTORIES, "again/other"));
    reopened.append(TRAJECTORIES, List.of(trajectory(100)), app, 7);
    assertEquals(version, reopened.version(TRAJECTORIES));
  }

  @Test
  void aPlainDeltaWriteOfTheSameApplicationIsSeen() throws IOException {
    var rows = List.of(trajectory(200));
    warehouse.create(TRAJECTORIES);
    spark
        .createDataFrame(rows, TRAJECTORIES.columns())
        .write()
        .format("delta")
        .mode("append")
        .option("txnAppId", "plain/rollout")
        .option("txnVersion", 3)
        .save(warehouse.path(TRAJECTORIES));
    warehouse.append(TRAJECTORIES, rows, "plain/rollout", 3);
    assertEquals(1, iteration(warehouse, 200).count());

    // Without the checksum files the log itself answers.
    var root = folder.resolve("no_checksums");
    var other = Warehouse.open(spark, root.toString());
    other.append(TRAJECTORIES, rows, "plain/rollout", 3);
    var copy = folder.resolve("copied");
    try (var files = Files.walk(root)) {
      for (var file : (Iterable<Path>) files::iterator) {
        if (!file.toString().endsWith(".crc")) {
          Files.copy(file, copy.resolve(root.relativize(file)));
        }
      }
    }
    assertEquals(
        OptionalLong.of(3),
        Warehouse.open(spark, copy.toString()).committed(TRAJECTORIES, "plain/rollout"));
  }

  @Test
  void rowsAreComputedOnceAndNotAtAllWhenSkipped() {
    var computed = spark.sparkContext().longAccumulator("computed");
    var rows = IntStream.range(0, 10).mapToObj(i -> trajectory(300, i)).toList();
    var schema = TRAJECTORIES.columns();
    Dataset<Row> counted =
        spark
            .createDataFrame(rows, schema)
            .map(
                (MapFunction<Row, Row>)
                    row -> {
                      computed.add(1);
                      return row;
                    },
                Encoders.row(schema));
    warehouse.append(TRAJECTORIES, counted, "once/rollout", 0);
    warehouse.append(TRAJECTORIES, counted, "once/rollout", 0);
    assertEquals(10, computed.value());
  }

  @Test
  void columnsAreMatchedByNameAndMustBeComplete() {
    var frame = spark.createDataFrame(List.of(trajectory(400)), TRAJECTORIES.columns());
    var reversed =
        frame.select(
            names(frame).stream()
                .sorted()
                .map(functions::col)
                .toArray(org.apache.spark.sql.Column[]::new));
    warehouse.append(TRAJECTORIES, reversed, "names/rollout", 0);
    assertEquals(trajectory(400), iteration(warehouse, 400).collectAsList().get(0));

    mismatch("column seed is missing", frame.drop("seed"));
    mismatch("no column mood", frame.withColumn("mood", functions.lit("calm")));
    mismatch(
        "column sample is BIGINT",
        frame.withColumn("sample", functions.col("sample").cast("long")));
  }

  @Test
  void earlierVersionsStayReadableAndViewsAreRegistered() {
    warehouse.append(TRAJECTORIES, List.of(trajectory(500)), "past/rollout", 0);
    var version = warehouse.version(TRAJECTORIES);
    warehouse.register();
    warehouse.append(TRAJECTORIES, List.of(trajectory(500, 1)), "past/rollout", 1);
    assertEquals(1, warehouse.readAsOf(TRAJECTORIES, version).where("iteration = 500").count());
    assertEquals(2, spark.sql("SELECT sample FROM trajectories WHERE iteration = 500").count());
  }

  @Test
  void aTableOfAnotherSchemaIsRefusedByColumn() {
    var root = folder.resolve("other_schema");
    DeltaTable.create(spark)
        .location(root.resolve("prompts").toString())
        .addColumns(new StructType().add("dataset", "string", false).add("prompt_id", "int"))
        .execute();
    var error = assertThrows(UserError.class, () -> Warehouse.open(spark, root.toString()));
    assertTrue(
        error.getMessage().contains("column 2 is prompt_id int where")
            && error.getMessage().contains("has prompt_id string not null"),
        error.getMessage());
  }

  @Test
  void aTableOfAnEarlierVersionGainsTheNewColumns() {
    var root = folder.resolve("earlier");
    var columns = Prompts.TABLE.columns().fields();
    var builder = DeltaTable.create(spark).location(root.resolve("prompts").toString());
    for (int i = 0; i < columns.length - 6; i++) {
      builder.addColumn(columns[i]);
    }
    Prompts.TABLE
        .constraints()
        .forEach((name, sql) -> builder.property("delta.constraints." + name, sql));
    builder.execute();
    spark
        .createDataFrame(
            List.of(RowFactory.create("set", "p", "train", "d", 1, "?", "1", "text", null, "old")),
            new StructType(Arrays.copyOf(columns, columns.length - 6)))
        .write()
        .format("delta")
        .mode("append")
        .save(root.resolve("prompts").toString());
    var opened = Warehouse.open(spark, root.toString());
    opened.append(
        Prompts.TABLE,
        List.of(
            RowFactory.create(
                "set", "q", "train", "d", 1, "?", "1", "text", null, "new", "proof", 0.5, null,
                null, null, null)),
        "new",
        0);
    var rows = Warehouse.open(spark, root.toString()).read(Prompts.TABLE);
    assertEquals(Prompts.TABLE.columns().fieldNames().length, rows.columns().length);
    assertEquals(1, rows.where("source = 'old' AND excluded_because IS NULL").count());
    assertEquals(1, rows.where("source = 'new' AND excluded_because = 'proof'").count());
  }

  @Test
  void aTableWithoutItsConstraintIsRefused() {
    var root = folder.resolve("no_constraint").toString();
    var open = Warehouse.open(spark, root);
    open.create(Rewards.TABLE);
    spark.sql(
        "ALTER TABLE delta.`%s` DROP CONSTRAINT verdict_known".formatted(open.path(Rewards.TABLE)));
    var error = assertThrows(UserError.class, () -> Warehouse.open(spark, root));
    assertTrue(error.getMessage().contains("constraint verdict_known"), error.getMessage());
  }

  @Test
  void aFolderThatIsNoTableIsRefusedAndAHalfMadeOneFinished() throws IOException {
    var root = folder.resolve("not_delta");
    Files.createDirectories(root.resolve("rewards"));
    Files.writeString(root.resolve("rewards/notes.txt"), "mine");
    var error = assertThrows(UserError.class, () -> Warehouse.open(spark, root.toString()));
    assertTrue(error.getMessage().contains("rewards: not a Delta table"), error.getMessage());
    assertTrue(error.getMessage().contains("notes.txt"), error.getMessage());

    Files.delete(root.resolve("rewards/notes.txt"));
    Files.createDirectories(root.resolve("rewards/_delta_log"));
    Files.writeString(root.resolve("rewards/_delta_log/.00000.json.tmp"), "{");
    var opened = Warehouse.open(spark, root.toString());
    assertEquals(0, opened.read(Rewards.TABLE).count());
    opened.create(Rewards.TABLE);
    assertEquals(0, opened.version(Rewards.TABLE));
    assertFalse(Files.exists(root.resolve("rewards/_delta_log/.00000.json.tmp")));
  }

  @Test
  void anUnwritableRootIsRefused() throws IOException {
    var file = Files.writeString(folder.resolve("a_file"), "");
    var error =
        assertThrows(
            UserError.class, () -> Warehouse.open(spark, file.resolve("warehouse").toString()));
    assertTrue(error.getMessage().contains("a_file/warehouse cannot be written"));
    assertEquals(1, error.getMessage().lines().count());
  }

  private static void refused(String reason, List<Row> rows) {
    var version = warehouse.version(TRAJECTORIES);
    var error =
        assertThrows(
            RuntimeException.class,
            () -> warehouse.append(TRAJECTORIES, rows, "refused/" + reason, 0));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
    assertEquals(version, warehouse.version(TRAJECTORIES));
    assertEquals(OptionalLong.empty(), warehouse.committed(TRAJECTORIES, "refused/" + reason));
  }

  private static void mismatch(String message, Dataset<Row> frame) {
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> warehouse.append(TRAJECTORIES, frame, "mismatch/rollout", 0));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static List<String> names(Dataset<Row> frame) {
    return List.of(frame.columns());
  }

  private static List<Long> versions(Warehouse warehouse) {
    return Warehouse.TABLES.stream().map(warehouse::version).toList();
  }

  private static Dataset<Row> iteration(Warehouse warehouse, int iteration) {
    return warehouse.read(TRAJECTORIES).where("iteration = " + iteration);
  }

  private static Row only(TableSchema table) {
    return warehouse.read(table).where("run = 'rows'").collectAsList().get(0);
  }

  private static Row trajectory(int iteration) {
    return trajectory(iteration, 0);
  }

  private static Row trajectory(int iteration, int sample) {
    return row(iteration, sample, 2, 2, "stop", 2);
  }

  private static Row trajectory(int iteration, int ids, int logprobs, String stopReason) {
    return row(iteration, 0, ids, logprobs, stopReason, ids);
  }

  private static Row trajectory(int iteration, int ids, int logprobs, String stop, int tokens) {
    return row(iteration, 0, ids, logprobs, stop, tokens);
  }

  private static Row row(
      int iteration, int sample, int ids, int logprobs, String stopReason, int tokens) {
    return RowFactory.create(
        "run",
        iteration,
        iteration,
        "p",
        sample,
        0,
        0,
        scala(List.of(1, 2, 3)),
        scala(IntStream.range(0, ids).boxed().toList()),
        scala(IntStream.range(0, logprobs).mapToObj(i -> -0.5f).toList()),
        "text",
        stopReason,
        1.0,
        42L,
        tokens,
        new Timestamp(0),
        0.5);
  }

  /** As Spark returns arrays, so that rows compare. */
  private static <T> scala.collection.Seq<T> scala(List<T> list) {
    return scala.collection.JavaConverters.asScalaBufferConverter(list).asScala();
  }

  private static Policies.Policy policy() {
    return new Policies.Policy(
        "rows",
        1,
        OptionalInt.of(0),
        "checkpoints/1",
        "0123456789abcdef".repeat(4),
        Policies.ProducedBy.RL,
        OptionalInt.of(0),
        List.of(
            new Policies.Step(0, 0.5, 1.5, 1e-4, 640, 0.25, 1.0),
            new Policies.Step(1, 0.4, 1.4, 1e-4, 640, Double.NaN, 1.0)),
        Optional.of("fedcba9876543210".repeat(4)));
  }

  private static Iterations.Metrics metrics() {
    return new Iterations.Metrics(
        "rows",
        0,
        0,
        2,
        8,
        0.5,
        0,
        61.5,
        90,
        Map.of("stop", 7, "length", 1),
        0.0,
        Map.of("no_signal", 8),
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        492,
        0,
        0.25,
        100.0,
        5.0,
        Map.of("rollout", 4.9),
        Map.of("rollout", 4.5),
        Instant.EPOCH,
        Map.of("rule: timeout", 2),
        3,
        Double.NaN,
        0.75,
        0.9,
        0.125);
  }

  private static Evals.Result result() {
    return new Evals.Result(
        "rows",
        1,
        "set",
        "heldout",
        Evals.GREEDY,
        0.0,
        OptionalInt.empty(),
        500,
        1,
        0.9,
        0.87,
        0.93,
        60.0,
        12.0,
        Optional.of("chain"),
        List.of(new Evals.AtK(1, 0.9, 0.87, 0.93, Optional.of(new Evals.Majority(0.8, 0.7, 0.9)))));
  }

  private static EvalResults.Result response() {
    return new EvalResults.Result(
        "rows",
        1,
        "set",
        "heldout",
        Evals.GREEDY,
        0.0,
        500,
        1,
        "p",
        "chain",
        5,
        0,
        Optional.empty(),
        60,
        Optional.of("7"));
  }
}
