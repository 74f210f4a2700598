package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.delta.tables.DeltaTable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A warehouse that was made before its tables had their last columns. */
class OlderWarehouseIT {
  private static final int EVALS_COLUMNS = 14;
  private static final int REWARDS_COLUMNS = 12;
  private static final int ITERATIONS_COLUMNS = 26;
  private static final int POLICIES_COLUMNS = 8;

  @TempDir private Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    var builder = SparkSession.builder().master("local[2]").appName("OlderWarehouseIT");
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

  @Test
  void itsRowsStayReadableAndNewOnesGoIn() {
    var row =
        RowFactory.create(
            "run", 1, "set", "heldout", "greedy", 0.0, null, 500, 1, 0.9, 0.87, 0.93, 60.0, 12.0);
    older(Evals.TABLE, EVALS_COLUMNS, row);

    var warehouse = Warehouse.open(spark, folder.toString());
    var old = result(1, Optional.empty(), List.of());
    var expected =
        result(
            2,
            Optional.of("chain"),
            List.of(
                new Evals.AtK(1, 0.9, 0.87, 0.93, Optional.of(new Evals.Majority(0.8, 0.7, 0.9)))));
    warehouse.append(Evals.TABLE, List.of(expected.toRow()), "run/eval", 0);
    assertEquals(
        List.of(old, expected),
        warehouse.read(Evals.TABLE).orderBy(Evals.POLICY_VERSION).collectAsList().stream()
            .map(Evals.Result::from)
            .toList());
    for (var field : warehouse.read(Evals.TABLE).schema().fields()) {
      assertEquals(
          Evals.TABLE.columns().apply(field.name()).getComment(), field.getComment(), field.name());
    }
    long version = warehouse.version(Evals.TABLE);
    assertEquals(version, Warehouse.open(spark, folder.toString()).version(Evals.TABLE));
    assertTrue(version >= 3, "created, written, widened, written");
  }

  @Test
  void rowsFromBeforeTheAuditHaveNone() {
    older(
        Rewards.TABLE,
        REWARDS_COLUMNS,
        RowFactory.create("run", 0, 0, "p", 0, "correct", "rule", null, 1.0, 0.0, 0.0, 1.0));
    var metrics = metrics(0, Map.of(), 0);
    var cells = new Object[ITERATIONS_COLUMNS];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = metrics.toRow().get(i);
    }
    older(Iterations.TABLE, ITERATIONS_COLUMNS, RowFactory.create(cells));

    var warehouse = Warehouse.open(spark, folder.toString());
    var newer = metrics(1, Map.of("rule: timeout", 2), 3);
    warehouse.append(Iterations.TABLE, List.of(newer.toRow()), "run/iterations", 1);
    assertEquals(
        List.of(metrics, newer),
        warehouse.read(Iterations.TABLE).orderBy(Iterations.ITERATION).collectAsList().stream()
            .map(Iterations.Metrics::from)
            .toList());
    assertEquals(1, warehouse.read(Rewards.TABLE).where("cause IS NULL").count());
  }

  @Test
  void versionsFromBeforeExportsHaveNone() {
    var sha256 = "a".repeat(64);
    older(
        Policies.TABLE,
        POLICIES_COLUMNS,
        RowFactory.create("run", 0, null, "folder", sha256, "init", null, List.of()));
    var warehouse = Warehouse.open(spark, folder.toString());
    var newer = version(1, Optional.of("b".repeat(64)));
    warehouse.append(Policies.TABLE, List.of(newer.toRow()), "run/policies", 1);
    assertEquals(
        List.of(version(0, Optional.empty()), newer),
        warehouse.read(Policies.TABLE).orderBy(Policies.VERSION).collectAsList().stream()
            .map(Policies.Policy::from)
            .toList());
  }

  @Test
  void readingLeavesItAsItIs() {
    var sha256 = "a".repeat(64);
    older(
        Policies.TABLE,
        POLICIES_COLUMNS,
        RowFactory.create("run", 0, null, "folder", sha256, "init", null, List.of()));
    var reader = Warehouse.openToRead(spark, folder.toString());
    long version = reader.version(Policies.TABLE);
    var rows = reader.read(Policies.TABLE);
    assertEquals(
        List.of(version(0, Optional.empty())),
        rows.collectAsList().stream().map(Policies.Policy::from).toList());
    assertEquals(
        List.of(Policies.TABLE.columns().fieldNames()), List.of(rows.schema().fieldNames()));
    reader.view();
    assertEquals(1, spark.sql("SELECT * FROM policies WHERE export_sha256 IS NULL").count());
    assertEquals(version, reader.version(Policies.TABLE), "nothing was committed");

    var newer = version(1, Optional.of("b".repeat(64)));
    reader.append(Policies.TABLE, List.of(newer.toRow()), "run/policies", 1);
    assertEquals(2, reader.read(Policies.TABLE).count());
  }

  private static Policies.Policy version(int version, Optional<String> exportSha256) {
    return new Policies.Policy(
        "run",
        version,
        OptionalInt.empty(),
        "folder",
        "a".repeat(64),
        Policies.ProducedBy.INIT,
        OptionalInt.empty(),
        List.of(),
        exportSha256);
  }

  /** Makes a table as it was when it had so many columns, with a row in it. */
  private void older(TableSchema table, int columns, Row row) {
    var older = new StructType(Arrays.copyOf(table.columns().fields(), columns));
    var path = folder.resolve(table.name()).toString();
    var created = DeltaTable.create(spark).location(path).addColumns(older);
    table.constraints().forEach((name, sql) -> created.property("delta.constraints." + name, sql));
    created.execute();
    spark
        .createDataFrame(List.of(row), older.asNullable())
        .write()
        .format("delta")
        .mode("append")
        .save(path);
  }

  private static Iterations.Metrics metrics(
      int iteration, Map<String, Integer> verifierErrors, int audited) {
    return new Iterations.Metrics(
        "run",
        iteration,
        iteration,
        2,
        8,
        0.5,
        0,
        61.5,
        90,
        Map.of("stop", 8),
        1.0,
        Map.of(),
        0.1,
        1,
        0.01,
        0.3,
        1e-6,
        1e-5,
        492,
        500,
        0.25,
        100.0,
        5.0,
        Map.of("rollout", 4.9),
        Map.of("rollout", 4.5),
        Instant.EPOCH,
        verifierErrors,
        audited,
        audited == 0 ? Double.NaN : 0.5,
        audited == 0 ? Double.NaN : 0.75,
        audited == 0 ? Double.NaN : 0.9,
        audited == 0 ? Double.NaN : 0.125);
  }

  private static Evals.Result result(int policy, Optional<String> domain, List<Evals.AtK> atK) {
    return new Evals.Result(
        "run",
        policy,
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
        domain,
        atK);
  }
}
