package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** What a run works with: Spark, its tables, its settings, and where it tells how far it is. */
public record Session(
    SparkSession spark, Warehouse warehouse, RunConfig config, Progress progress) {

  /** Folder of the checkpoint of a policy version of this run. */
  Path checkpoint(int version) {
    return Path.of(config.warehouse())
        .toAbsolutePath()
        .normalize()
        .resolve("_models")
        .resolve(config.run())
        .resolve("policy-%05d".formatted(version));
  }
}
