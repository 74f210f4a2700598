package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.delta.tables.DeltaTable;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A warehouse that was made before table {@code evals} had its last columns. */
class OlderWarehouseIT {
  private static final int OLDER_COLUMNS = 14;

  @TempDir private static Path folder;
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
    var older = new StructType(Arrays.copyOf(Evals.TABLE.columns().fields(), OLDER_COLUMNS));
    var path = folder.resolve("evals").toString();
    var table = DeltaTable.create(spark).location(path).addColumns(older);
    Evals.TABLE
        .constraints()
        .forEach((name, sql) -> table.property("delta.constraints." + name, sql));
    table.execute();
    var row =
        RowFactory.create(
            "run", 1, "set", "heldout", "greedy", 0.0, null, 500, 1, 0.9, 0.87, 0.93, 60.0, 12.0);
    spark
        .createDataFrame(List.of(row), older.asNullable())
        .write()
        .format("delta")
        .mode("append")
        .save(path);

    var warehouse = Warehouse.open(spark, folder.toString());
    var old = result(1, Optional.empty(), List.of());
    var expected =
        result(2, Optional.of("chain"), List.of(new Evals.AtK(1, 0.9, 0.87, 0.93, 0.8, 0.7, 0.9)));
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
