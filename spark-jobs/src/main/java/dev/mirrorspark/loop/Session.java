package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Warehouse;
import org.apache.spark.sql.SparkSession;

/** What a run works with: Spark, its tables, its settings, and where it tells how far it is. */
public record Session(
    SparkSession spark, Warehouse warehouse, RunConfig config, Progress progress) {

  /** Folder of the checkpoint of a policy version of this run. */
  String checkpoint(int version) {
    return checkpoint(storage(), config, version);
  }

  /** The same, known without Spark. */
  static String checkpoint(Storage storage, RunConfig config, int version) {
    return Storage.child(models(storage, config), "policy-%05d".formatted(version));
  }

  /** The folder beside the tables that holds the run's models. */
  String models() {
    return models(storage(), config);
  }

  private static String models(Storage storage, RunConfig config) {
    String root = storage.ofTables(config.warehouse());
    return Storage.child(Storage.child(root, "_models"), config.run());
  }

  /** The door to files of this run. */
  Storage storage() {
    return Storage.of(spark.sessionState().newHadoopConf());
  }
}
