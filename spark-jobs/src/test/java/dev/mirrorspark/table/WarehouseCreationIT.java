package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mirrorspark.decode.LocalSpark;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarehouseCreationIT {
  private static final String CONSTRAINT = "delta.constraints.";

  @Test
  void severalDriversMayWriteToANewWarehouseAtOnce(@TempDir Path folder) throws Exception {
    var threads = Executors.newFixedThreadPool(3);
    try (var spark = LocalSpark.open()) {
      List<Callable<Warehouse>> drivers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String app = "driver" + i;
        drivers.add(
            () -> {
              var warehouse = Warehouse.open(spark, folder.toString());
              Warehouse.TABLES.forEach(warehouse::create);
              warehouse.append(Prompts.TABLE, List.of(prompt(app)), app, 0);
              return warehouse;
            });
      }
      for (var written : threads.invokeAll(drivers)) {
        for (TableSchema table : Warehouse.TABLES) {
          int commits = table == Prompts.TABLE ? 1 + drivers.size() : 1;
          assertEquals(commits - 1, written.get().version(table), table.name());
        }
        assertEquals(drivers.size(), written.get().read(Prompts.TABLE).count());
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aTableIsEmptyUntilItsFirstRowsCreateIt(@TempDir Path folder) {
    try (var spark = LocalSpark.open()) {
      var warehouse = Warehouse.open(spark, folder.toString());
      assertEquals(-1, warehouse.version(Prompts.TABLE));
      assertEquals(0, warehouse.read(Prompts.TABLE).where("split = 'train'").count());
      assertEquals(
          List.of(Prompts.TABLE.columns().fieldNames()),
          List.of(warehouse.read(Prompts.TABLE).columns()));
      assertEquals(OptionalLong.empty(), warehouse.committed(Prompts.TABLE, "app"));
      assertFalse(Files.exists(folder.resolve("prompts")));

      warehouse.append(Prompts.TABLE, List.of(prompt("app")), "app", 0);
      assertEquals(1, warehouse.version(Prompts.TABLE));
      assertEquals(1, warehouse.read(Prompts.TABLE).count());
      var columns = Prompts.TABLE.columns().fields();
      var found = spark.read().format("delta").load(folder.resolve("prompts").toString()).schema();
      for (int i = 0; i < columns.length; i++) {
        assertEquals(columns[i].getComment(), found.fields()[i].getComment());
      }
      try (var tables = Files.list(folder)) {
        assertEquals(
            List.of("_locks", "prompts"),
            tables.map(path -> path.getFileName().toString()).sorted().toList());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As Delta's own builder makes it: the same protocol, properties and columns. */
  @Test
  void aTableIsTheOneThatDeltasBuilderMakes(@TempDir Path folder) {
    try (var spark = LocalSpark.open()) {
      var warehouse = Warehouse.open(spark, folder.resolve("ours").toString());
      for (TableSchema table : List.of(Prompts.TABLE, Evals.TABLE)) {
        warehouse.create(table);
        String path = folder.resolve("deltas").resolve(table.name()).toString();
        var builder =
            DeltaTable.create(spark)
                .location(path)
                .comment(table.comment())
                .addColumns(table.columns())
                .property("delta.checkpointInterval", "100");
        table.constraints().forEach((name, sql) -> builder.property(CONSTRAINT + name, sql));
        builder.execute();
        var ours = warehouse.path(table);
        for (String column :
            List.of("properties", "minReaderVersion", "minWriterVersion", "tableFeatures")) {
          assertEquals(
              detail(spark, path, column), detail(spark, ours, column), table.name() + column);
        }
        assertEquals(
            spark.read().format("delta").load(path).schema(),
            spark.read().format("delta").load(ours).schema());
        assertEquals(detail(spark, path, "description"), detail(spark, ours, "description"));
      }
    }
  }

  private static Object detail(SparkSession spark, String path, String column) {
    return spark
        .sql("DESCRIBE DETAIL delta.`" + path + "`")
        .select(column)
        .collectAsList()
        .get(0)
        .get(0);
  }

  private static Row prompt(String id) {
    return RowFactory.create(
        "set", id, "train", "chain", 1, "1+1", "2", "integer", null, "chain", null, null, null,
        null, null, null);
  }
}
