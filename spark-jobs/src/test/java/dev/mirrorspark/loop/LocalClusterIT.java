package dev.mirrorspark.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.report.TableComparison;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher runs the same run with two executor JVMs as this JVM does alone. */
class LocalClusterIT {
  private static final Path LAUNCHER = Path.of("../submit/mirrorspark");

  @TempDir private static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    TinyRun.write(folder);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void twoExecutorsDoTheSameAsOneProcess() throws Exception {
    var alone = session("alone");
    Quickstart.run(alone);
    var spread = session("spread");
    launch(spread, "local-cluster[2,1,1024]");
    var comparison = TableComparison.of(side(alone), side(spread));
    assertEquals(List.of(), comparison.differences());
    assertTrue(
        comparison.rows().contains(List.of("iterations", "1", "1", "equal")),
        comparison.rows().toString());
  }

  private static Session session(String name) {
    var config = TinyRun.config(folder, "warehouse=" + folder.resolve(name), "train.iterations=1");
    var warehouse = Warehouse.open(spark, config.warehouse());
    PromptImport.importAll(spark, warehouse, config, Set.of("integer"));
    return new Session(spark, warehouse, config, Progress.silent());
  }

  private static TableComparison.Side side(Session session) {
    var config = session.config();
    return new TableComparison.Side(session.warehouse(), config.run(), config.prompts().dataset());
  }

  private static void launch(Session session, String master)
      throws IOException, InterruptedException {
    String root = session.config().warehouse();
    Path output = folder.resolve("launched.txt");
    var builder =
        new ProcessBuilder(
                LAUNCHER.toString(),
                "--master",
                master,
                "quickstart",
                "--config",
                folder.resolve("tiny.yaml").toString(),
                "--set",
                "warehouse=" + root,
                "--set",
                "train.iterations=1")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    var environment = builder.environment();
    environment.keySet().removeIf(variable -> variable.matches("(SPARK|MIRRORSPARK)_.*"));
    environment.put("MIRRORSPARK_LOG_DIR", folder.resolve("logs").toString());
    environment.put("MIRRORSPARK_DRIVER_MEMORY", "1g");
    environment.put("MIRRORSPARK_CLASS_ARCHIVE", "off"); // making it costs more than two starts
    environment.put("MIRRORSPARK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    var process = builder.start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES), Files.readString(output));
      assertEquals(0, process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }
}
