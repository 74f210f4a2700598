package dev.mirrorspark.table;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The transaction log of one Delta table: through Delta's public interfaces, which every platform
 * has, or with a short cut where the very Delta runs that this was built with.
 */
sealed interface DeltaTableLog permits OwnDeltaLog, PublicDeltaLog {
  /** Spark setting: {@code auto}, or {@code public} to leave the short cut out. */
  String SETTING = "spark.mirrorspark.delta";

  /** The Delta whose own classes the short cut goes through. */
  String BUILT_WITH = "3.3.";

  /** The log of the table in a folder. */
  static DeltaTableLog of(SparkSession spark, String path) {
    return spark.conf().get(SETTING, "auto").equals("auto") && shortCut()
        ? new OwnDeltaLog(spark, path)
        : new PublicDeltaLog(spark, path);
  }

  private static boolean shortCut() {
    try {
      return io.delta.package$.MODULE$.VERSION().startsWith(BUILT_WITH);
    } catch (LinkageError e) {
      return false; // a platform's own Delta
    }
  }

  /** The application whose version in a table is the epoch of the last holder of a run. */
  static String fenceOf(RunLease lease) {
    return lease.run() + "/lease";
  }

  /** Whether the folder holds a Delta table; once it does, it is not looked at again. */
  boolean exists();

  /** Creates the table, unless it is there: columns, comments and constraints in one commit. */
  void create(TableSchema table, Map<String, String> properties);

  /** The columns, with comments. */
  StructType schema();

  /** The table properties, CHECK constraints among them. */
  Map<String, String> properties();

  /** Number of the last commit; -1 before there is one. */
  long version();

  /** The last version that an application committed. */
  OptionalLong committed(String txnApp);

  /**
   * Appends rows, unless the application has committed that version or a later one.
   *
   * @param lease under which the caller commits; a later holder's fence makes the commit fail
   * @throws HeldRun if a later holder of the run has fenced this table
   */
  void append(Dataset<Row> rows, String txnApp, long txnVersion, Optional<RunLease> lease);

  /**
   * Writes the epoch of a lease into the log: nobody commits any more under an earlier one.
   *
   * @throws HeldRun if a later holder of the run was here
   */
  void fence(RunLease lease);

  /**
   * Puts what the log says into one file, from which a later start reads it, and removes files of
   * the log that are older than Delta keeps them. Delta has no public way to it, and does it by
   * itself every so many commits.
   */
  void checkpoint();

  /** The rows as of now, where they are had more cheaply than by Spark's own read. */
  Optional<Dataset<Row>> read();
}
