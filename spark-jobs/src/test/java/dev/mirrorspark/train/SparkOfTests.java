package dev.mirrorspark.train;

import dev.mirrorspark.table.Warehouse;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** The local Spark session of this package's tests; its tasks are retried. */
final class SparkOfTests {
  private SparkOfTests() {}

  static SparkSession session() {
    var builder = SparkSession.builder().master("local[2,4]").appName("train");
    Warehouse.SPARK_DEFAULTS.forEach(builder::config);
    return builder.config("spark.sql.session.timeZone", "UTC").getOrCreate();
  }

  static JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(session().sparkContext());
  }
}
