package dev.mirrorspark.loop;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Spark's SQL as a data team has it, in a process of its own: knows the catalog and Delta only. */
final class PlainSql {
  private static final int ITERATIONS = 3;
  private static final int SECONDS = 240;

  private PlainSql() {}

  static SparkSession.Builder session(String metastore, String folder) {
    return SparkSession.builder()
        .master("local[1]")
        .appName("plain sql")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", folder + "/managed")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config(
            "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.hadoop.hive.metastore.uris", metastore)
        .enableHiveSupport();
  }

  /** Prints the iterations again and again until the last one is there. */
  public static void main(String[] args) throws InterruptedException {
    var spark = session(args[0], args[1]).getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    List<Row> rows = List.of();
    while (rows.size() < ITERATIONS && System.nanoTime() < end) {
      if (spark.catalog().tableExists("spark_catalog.rl.iterations")) {
        rows =
            spark
                .sql("SELECT iteration, responses FROM spark_catalog.rl.iterations ORDER BY 1")
                .collectAsList();
      }
      System.out.println("seen " + rows);
      Thread.sleep(100);
    }
    System.exit(0);
  }
}
