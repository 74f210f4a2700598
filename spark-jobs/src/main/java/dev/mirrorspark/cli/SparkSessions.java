package dev.mirrorspark.cli;

import dev.mirrorspark.table.Warehouse;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Opens the Spark session of a command. */
final class SparkSessions {
  /** Every core of this machine, four attempts a task. */
  private static final String MASTER = "local[*,4]";

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

  private static final String UI = "spark.ui.enabled";

  /**
   * What is over is kept for the UI alone: a thousand queries and their stages, some 35 MB of a
   * driver's heap. Without the UI a few do.
   */
  private static final Map<String, String> WITHOUT_UI =
      Map.of(
          "spark.ui.retainedJobs", "50",
          "spark.ui.retainedStages", "50",
          "spark.ui.retainedTasks", "500",
          "spark.sql.ui.retainedExecutions", "50");

  private SparkSessions() {}

  /**
   * The session, with {@link #settings} beside what {@code spark-submit} was given. Without a
   * master it is local, on every core, with four attempts a task.
   *
   * @param command shown as the application's name, where the user gave none
   * @param fewRows whether its queries go over the rows of one iteration, or as few
   */
  static SparkSession open(String command, boolean fewRows) {
    var given = new SparkConf();
    Map<String, String> byUser = new LinkedHashMap<>();
    for (var setting : given.getAll()) {
      byUser.put(setting._1(), setting._2());
    }
    var builder = SparkSession.builder();
    settings(given.get("spark.master", MASTER), byUser, fewRows).forEach(builder::config);
    if (!given.contains("spark.master")) {
      builder.master(MASTER);
    }
    // spark-submit names an application after its main class.
    if (given
        .get("spark.app.name", Mirrorspark.class.getName())
        .equals(Mirrorspark.class.getName())) {
      builder.appName("mirrorspark " + command);
    }
    return builder.getOrCreate();
  }

  /**
   * What is set beside the user's settings. On one machine, with the tasks in the driver's JVM,
   * that is what makes small queries and commits cheap ({@link Warehouse#SPARK_DEFAULTS}); a
   * cluster keeps Spark's own defaults.
   *
   * @param master where Spark runs
   * @param given the user's settings; none of them is changed, but Delta's extension is added
   * @param fewRows whether queries go over few rows
   */
  static Map<String, String> settings(String master, Map<String, String> given, boolean fewRows) {
    boolean oneProcess = master.equals("local") || master.startsWith("local[");
    Map<String, String> settings = new LinkedHashMap<>();
    settings.putAll(oneProcess ? Warehouse.SPARK_DEFAULTS : Warehouse.SPARK_DEFAULTS_OF_CLUSTERS);
    settings.putAll(LIVE_PROGRESS);
    settings.putAll(SHUFFLE);
    if (oneProcess && fewRows) {
      settings.putAll(Warehouse.SPARK_DEFAULTS_OF_ITERATIONS);
    }
    if (given.getOrDefault(UI, settings.getOrDefault(UI, "true")).equals("false")) {
      settings.putAll(WITHOUT_UI);
    }
    settings.keySet().removeAll(given.keySet());
    String extension = Warehouse.SPARK_DEFAULTS.get(EXTENSIONS);
    if (given.containsKey(EXTENSIONS) && !given.get(EXTENSIONS).contains(extension)) {
      settings.put(EXTENSIONS, given.get(EXTENSIONS) + "," + extension);
    }
    return settings;
  }
}
