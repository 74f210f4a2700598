package dev.mirrorspark.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.Format;
import org.apache.spark.sql.delta.actions.Metadata;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.JavaConverters;

/**
 * The transaction log of one Delta table.
 *
 * <p>An append does what a data frame write with Delta's options {@code txnAppId} and {@code
 * txnVersion} does, through the same transaction, with NOT NULL and CHECK constraints enforced by
 * the same write; but it takes the last version of the application from the log's checksum file,
 * where that write would start a Spark job over the whole log. That job is most of the cost of a
 * small commit.
 */
final class DeltaTableLog {
  private final DeltaLog log;
  private volatile boolean seen;

  DeltaTableLog(SparkSession spark, String path) {
    this.log = DeltaLog.forTable(spark, path);
  }

  /** Whether the folder holds a Delta table; once it does, it is not looked at again. */
  boolean exists() {
    seen = seen || latest().version() >= 0;
    return seen;
  }

  /** Creates the table, unless it is there: columns, comments and constraints in one commit. */
  void create(TableSchema table, Map<String, String> properties) {
    var transaction = log.startTransaction(Option.empty(), Option.empty());
    if (transaction.snapshot().version() >= 0) {
      return;
    }
    var none = JavaConverters.asScalaBufferConverter(List.<String>of()).asScala().toList();
    var metadata =
        new Metadata(
            UUID.randomUUID().toString(),
            null,
            table.comment(),
            new Format("parquet", immutable(Map.of())),
            table.columns().json(),
            none,
            immutable(properties),
            Option.apply(System.currentTimeMillis()));
    transaction.updateMetadataForNewTable(metadata);
    transaction.commit(
        JavaConverters.asScalaBufferConverter(List.<Action>of()).asScala().toList(),
        new DeltaOperations.CreateTable(transaction.metadata(), false, false, Option.empty()));
  }

  private static scala.collection.immutable.Map<String, String> immutable(Map<String, String> map) {
    return JavaConverters.mapAsScalaMapConverter(map)
        .asScala()
        .toMap(scala.Predef$.MODULE$.<scala.Tuple2<String, String>>$conforms());
  }

  StructType schema() {
    return latest().schema();
  }

  /** The table properties, CHECK constraints among them. */
  Map<String, String> properties() {
    return JavaConverters.mapAsJavaMapConverter(latest().metadata().configuration()).asJava();
  }

  long version() {
    return latest().version();
  }

  OptionalLong committed(String txnApp) {
    return committed(latest(), txnApp);
  }

  /**
   * Appends rows, unless the application has committed that version or a later one.
   *
   * @param lease under which the caller commits; a later holder's fence makes the commit fail
   * @throws HeldRun if a later holder of the run has fenced this table
   */
  void append(Dataset<Row> rows, String txnApp, long txnVersion, Optional<RunLease> lease) {
    var transaction = log.startTransaction(Option.empty(), Option.empty());
    var last = committed(transaction.snapshot(), txnApp);
    if (last.isPresent() && last.getAsLong() >= txnVersion) {
      return;
    }
    lease.ifPresent(held -> read(transaction, held));
    // Two writers of one application must conflict, not both succeed.
    transaction.readTxn().$plus$eq(txnApp);
    var actions = new ArrayList<Action>();
    actions.addAll(JavaConverters.seqAsJavaListConverter(transaction.writeFiles(rows)).asJava());
    actions.add(new SetTransaction(txnApp, txnVersion, Option.apply(System.currentTimeMillis())));
    try {
      commit(transaction, actions);
    } catch (DeltaConcurrentModificationException e) {
      lease.ifPresent(held -> requireHeld(latest(), held));
      throw e;
    }
  }

  /**
   * Writes the epoch of a lease into the log: nobody commits any more under an earlier one.
   *
   * @throws HeldRun if a later holder of the run was here
   */
  void fence(RunLease lease) {
    var transaction = log.startTransaction(Option.empty(), Option.empty());
    read(transaction, lease);
    commit(
        transaction,
        List.of(
            new SetTransaction(
                fenceOf(lease), lease.epoch(), Option.apply(System.currentTimeMillis()))));
  }

  /** Makes the transaction depend on the fence of the run. */
  private void read(OptimisticTransaction transaction, RunLease lease) {
    requireHeld(transaction.snapshot(), lease);
    transaction.readTxn().$plus$eq(fenceOf(lease));
  }

  private static void requireHeld(Snapshot snapshot, RunLease lease) {
    if (committed(snapshot, fenceOf(lease)).orElse(0) > lease.epoch()) {
      throw lease.lost();
    }
  }

  private static String fenceOf(RunLease lease) {
    return lease.run() + "/lease";
  }

  private static void commit(OptimisticTransaction transaction, List<Action> actions) {
    transaction.commit(
        JavaConverters.asScalaBufferConverter(actions).asScala().toList(),
        new DeltaOperations.Write(SaveMode.Append, Option.empty(), Option.empty(), Option.empty()));
  }

  /** The rows as of now; the files come from the checksum file, without a job over the log. */
  Optional<Dataset<Row>> read() {
    var snapshot = latest();
    var checksum = snapshot.checksumOpt();
    return checksum.isDefined() && checksum.get().allFiles().isDefined()
        ? Optional.of(
            log.createDataFrame(snapshot, checksum.get().allFiles().get(), false, Option.empty()))
        : Optional.empty();
  }

  private Snapshot latest() {
    return log.update(false, Option.empty(), Option.empty());
  }

  private static OptionalLong committed(Snapshot snapshot, String txnApp) {
    if (snapshot.version() < 0) {
      return OptionalLong.empty();
    }
    var checksum = snapshot.checksumOpt();
    var known =
        checksum.isDefined()
            ? checksum.get().setTransactions()
            : Option.<scala.collection.Seq<SetTransaction>>empty();
    var transactions = known.isDefined() ? known.get() : snapshot.setTransactions();
    return JavaConverters.seqAsJavaListConverter(transactions).asJava().stream()
        .filter(transaction -> transaction.appId().equals(txnApp))
        .mapToLong(SetTransaction::version)
        .max();
  }
}
