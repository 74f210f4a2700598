package dev.mirrorspark.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ranks that meet in a barrier stage, in one process and in two executors. */
@Timeout(300)
class JoinIT {
  @TempDir private Path folder;

  @Test
  void tasksOfOneProcessShareMemory() {
    var conf =
        new SparkConf().setMaster("local[2]").setAppName("ranks").set("spark.ui.enabled", "false");
    try (var spark = new JavaSparkContext(conf)) {
      BarrierRun.check(BarrierRun.weights(spark, ""), "SharedRanks");
    }
  }

  /** The stage loses an executor on the way, and starts again. */
  @Test
  void executorsGiveTheSameBitsAlsoWhenOneDies() throws Exception {
    Path jars = Files.createDirectories(folder.resolve("spark-home/jars"));
    List<String> folders = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.isDirectory(path)) {
        folders.add(path.toString());
      } else if (Files.exists(path) && !Files.exists(jars.resolve(path.getFileName()))) {
        Files.createSymbolicLink(jars.resolve(path.getFileName()), path);
      }
    }
    Path died = folder.resolve("died");
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String opened :
        List.of(
            "lang",
            "lang.invoke",
            "lang.reflect",
            "io",
            "net",
            "nio",
            "util",
            "util.concurrent",
            "util.concurrent.atomic")) {
      command.add("--add-opens=java.base/java." + opened + "=ALL-UNNAMED");
    }
    command.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    command.add("--add-opens=java.base/sun.security.action=ALL-UNNAMED");
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            BarrierRun.class.getName(),
            "local-cluster[2,1,1024]",
            String.join(File.pathSeparator, folders),
            died.toString()));
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(variable -> variable.startsWith("SPARK_"));
    builder.environment().put("SPARK_HOME", folder.resolve("spark-home").toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.12");
    var process = builder.start();
    try {
      assertTrue(process.waitFor(4, TimeUnit.MINUTES), Files.readString(output));
      assertEquals(0, process.exitValue(), Files.readString(output));
      assertTrue(Files.exists(died));
    } finally {
      process.destroyForcibly();
    }
  }
}
