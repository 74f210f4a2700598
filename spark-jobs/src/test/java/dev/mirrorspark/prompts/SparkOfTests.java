package dev.mirrorspark.prompts;

import dev.mirrorspark.table.Warehouse;
import org.apache.spark.sql.SparkSession;

/** The local Spark session of this package's tests. */
final class SparkOfTests {
  private SparkOfTests() {}

  static SparkSession open() {
    var builder = SparkSession.builder().master("local[2]").appName("prompts");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    return builder.getOrCreate();
  }
}
