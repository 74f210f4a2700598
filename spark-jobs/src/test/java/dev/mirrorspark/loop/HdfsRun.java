package dev.mirrorspark.loop;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Warehouse;
import java.nio.file.Path;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/** The tiny run on another file system, in a process that a fault point can end. */
final class HdfsRun {
  private HdfsRun() {}

  /** Runs it; the arguments are the folder of the run file and the warehouse. */
  public static void main(String[] args) {
    try (SparkSession spark = LocalSpark.open()) {
      run(session(spark, Path.of(args[0]), "warehouse=" + args[1]));
    }
  }

  static Session session(SparkSession spark, Path folder, String... sets) {
    var config = TinyRun.config(folder, sets);
    return new Session(spark, Warehouse.open(spark, config.warehouse()), config, Progress.silent());
  }

  static void run(Session session) {
    PromptImport.importAll(
        session.spark(), session.warehouse(), session.config(), Set.of("integer"));
    SftRun.run(session);
    TrainingRun.run(session);
  }
}
