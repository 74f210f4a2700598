package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Warehouse;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose tables stand in a Hive metastore, read by another process while it trains. */
class CatalogIT {
  private static final String SETTING = "spark.mirrorspark.catalog";
  private static final String TABLE = "spark_catalog.rl.iterations";

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static List<String> seen;

  @BeforeAll
  static void train() throws Exception {
    String metastore = HiveMetastore.start(folder);
    var reader = plainSql(metastore);
    var builder = PlainSql.session(metastore, folder.toString()).master("local[2]");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    Warehouse.SPARK_DEFAULTS_OF_ITERATIONS.forEach(builder::config);
    spark = builder.config(SETTING, "spark_catalog.rl").getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    TinyRun.write(folder);
    var config = TinyRun.config(folder, "train.iterations=3", "sft.epochs=1");
    var warehouse = Warehouse.open(spark, config.warehouse()).inCatalog();
    var session = new Session(spark, warehouse, config, Progress.silent());
    PromptImport.importAll(spark, warehouse, config, Set.of("integer"));
    SftRun.run(session);
    TrainingRun.run(session);
    assertTrue(reader.waitFor(120, TimeUnit.SECONDS), "the reader does not end");
    seen = Files.readAllLines(folder.resolve("reader.log"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Process plainSql(String metastore) throws Exception {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-XX"))
        .forEach(command::add);
    String tests =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(
        List.of(
            "-Xmx1g", "-cp", tests, "dev.mirrorspark.loop.PlainSql", metastore, folder.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("reader.log").toFile())
        .start();
  }

  @Test
  void anotherProcessReadsTheIterationsWhileTheyComeInByTheCatalogsName() {
    var states = seen.stream().filter(line -> line.startsWith("seen ")).distinct().toList();
    assertTrue(
        states.stream().anyMatch(state -> state.matches("seen \\[\\[0,32](, \\[1,32])?]")),
        "never while it trained: " + String.join("\n", seen));
    assertEquals("seen [[0,32], [1,32], [2,32]]", states.get(states.size() - 1));
  }

  @Test
  void columnsCommentsAndConstraintsAreThere() {
    var described = spark.sql("DESCRIBE TABLE " + TABLE).collectAsList();
    for (var column : Iterations.TABLE.columns().fields()) {
      assertTrue(
          described.stream()
              .anyMatch(
                  row ->
                      row.getString(0).equals(column.name())
                          && row.getString(2).equals(column.getComment().get())),
          column.name());
    }
    var refused =
        assertThrows(
            Exception.class,
            () ->
                spark
                    .table("spark_catalog.rl.runs")
                    .withColumn("run", org.apache.spark.sql.functions.lit(""))
                    .write()
                    .mode("append")
                    .insertInto("spark_catalog.rl.runs"));
    assertTrue(messages(refused).contains("run_present"), messages(refused));
  }

  @Test
  void tablesOfAnotherWarehouseUnderTheSameNamesAreRefused() {
    var other = Warehouse.open(spark, folder.resolve("other").toString());
    other.create(Iterations.TABLE);
    var error = assertThrows(UserError.class, other::inCatalog);
    assertTrue(error.getMessage().contains("and not in this warehouse"), error.getMessage());
    spark.conf().set(SETTING, "rl");
    try {
      var name = assertThrows(UserError.class, other::inCatalog);
      assertEquals(
          SETTING + " = rl: is not CATALOG.SCHEMA, such as spark_catalog.rl", name.getMessage());
    } finally {
      spark.conf().set(SETTING, "spark_catalog.rl");
    }
  }

  private static String messages(Throwable e) {
    return e == null ? "" : e.getMessage() + "\n" + messages(e.getCause());
  }
}
