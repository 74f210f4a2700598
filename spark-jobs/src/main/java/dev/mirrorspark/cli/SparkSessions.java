package dev.mirrorspark.cli;

import dev.mirrorspark.table.Warehouse;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Opens the Spark session of a command. */
final class SparkSessions {
  private static final String EXTENSIONS = "spark.sql.extensions";

  /**
   * Heartbeats carry the live counts of running tasks; Spark's ten seconds are no live progress.
   */
  private static final Map<String, String> LIVE_PROGRESS =
      Map.of(
          "spark.executor.heartbeatInterval", "1s",
          "spark.executor.heartbeat.maxFailures", "600");

  /** Nearly all that a shuffle carries is gradients, which do not compress. */
  private static final Map<String, String> SHUFFLE = Map.of("spark.shuffle.compress", "false");

  /** Sets permissions without starting a process for each new file and folder, as Hadoop's does. */
  private static final Map<String, String> LOCAL_FILES =
      Map.of("spark.hadoop.fs.file.impl", "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem");

  private SparkSessions() {}

  /**
   * The session, with {@link Warehouse#SPARK_DEFAULTS} wherever {@code spark-submit} was given
   * nothing else. Without a master it is local, on every core, with four attempts a task.
   *
   * @param command shown as the application's name, where the user gave none
   * @param iterates whether its queries go over the rows of one iteration each
   */
  static SparkSession open(String command, boolean iterates) {
    var given = new SparkConf();
    var builder = SparkSession.builder();
    Warehouse.SPARK_DEFAULTS.forEach(
        (key, value) -> {
          if (!given.contains(key)) {
            builder.config(key, value);
          } else if (key.equals(EXTENSIONS) && !given.get(key).contains(value)) {
            builder.config(key, given.get(key) + "," + value);
          }
        });
    LIVE_PROGRESS.forEach((key, value) -> builder.config(key, given.get(key, value)));
    SHUFFLE.forEach((key, value) -> builder.config(key, given.get(key, value)));
    if (iterates) {
      Warehouse.SPARK_DEFAULTS_OF_ITERATIONS.forEach(
          (key, value) -> builder.config(key, given.get(key, value)));
    }
    if (given.get("spark.master", "local").startsWith("local")) {
      LOCAL_FILES.forEach((key, value) -> builder.config(key, given.get(key, value)));
    }
    if (!given.contains("spark.master")) {
      builder.master("local[*,4]");
    }
    // spark-submit names an application after its main class.
    if (given
        .get("spark.app.name", Mirrorspark.class.getName())
        .equals(Mirrorspark.class.getName())) {
      builder.appName("mirrorspark " + command);
    }
    return builder.getOrCreate();
  }
}
