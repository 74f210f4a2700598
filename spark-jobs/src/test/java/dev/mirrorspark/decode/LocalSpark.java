package dev.mirrorspark.decode;

import dev.mirrorspark.table.Warehouse;
import org.apache.spark.sql.SparkSession;

/** The local Spark session of tests on tables and decoding. */
public final class LocalSpark {
  private LocalSpark() {}

  /** Two cores, and heartbeats so frequent that live progress shows in a short test. */
  public static SparkSession open() {
    var builder =
        SparkSession.builder()
            .master("local[2]")
            .appName("test")
            .config("spark.executor.heartbeatInterval", "50ms");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    Warehouse.SPARK_DEFAULTS_OF_ITERATIONS.forEach(builder::config);
    var spark = builder.getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    return spark;
  }
}
