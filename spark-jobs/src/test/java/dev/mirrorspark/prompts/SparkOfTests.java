package dev.mirrorspark.prompts;

import org.apache.spark.sql.SparkSession;

/** The local Spark session of this package's tests. */
final class SparkOfTests {
  private SparkOfTests() {}

  static SparkSession open() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("prompts")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config(
            "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .getOrCreate();
  }
}
