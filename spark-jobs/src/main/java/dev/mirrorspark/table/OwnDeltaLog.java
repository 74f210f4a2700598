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
 * The log of a table through the classes of open-source Delta.
 *
 * <p>An append does what {@link PublicDeltaLog}'s does, through the same transaction, with NOT NULL
 * and CHECK constraints enforced by the same write; but it takes the last version of the
 * application from the log's checksum file, where the public write starts a Spark job over the
 * whole log. That job is half the cost of a small commit.
 */
final class OwnDeltaLog implements DeltaTableLog {
  private final DeltaLog log;
  private volatile boolean seen;

  OwnDeltaLog(SparkSession spark, String path) {
    this.log = DeltaLog.forTable(spark, path);
  }

  @Override
  public boolean exists() {
    seen = seen || latest().version() >= 0;
    return seen;
  }

  @Override
  public void create(TableSchema table, Map<String, String> properties) {
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

  @SuppressWarnings("unchecked") // Scala 2.13's signature
  private static scala.collection.immutable.Map<String, String> immutable(Map<String, String> map) {
    scala.collection.immutable.Map<String, String> made =
        scala.collection.immutable.Map$.MODULE$.empty();
    for (var entry : map.entrySet()) {
      made = made.updated(entry.getKey(), entry.getValue());
    }
    return made;
  }

  @Override
  public StructType schema() {
    return latest().schema();
  }

  @Override
  public Map<String, String> properties() {
    return JavaConverters.mapAsJavaMapConverter(latest().metadata().configuration()).asJava();
  }

  @Override
  public long version() {
    return latest().version();
  }

  @Override
  public OptionalLong committed(String txnApp) {
    return committed(latest(), txnApp);
  }

  @Override
  public void append(Dataset<Row> rows, String txnApp, long txnVersion, Optional<RunLease> lease) {
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

  @Override
  public void fence(RunLease lease) {
    var transaction = log.startTransaction(Option.empty(), Option.empty());
    read(transaction, lease);
    commit(
        transaction,
        List.of(
            new SetTransaction(
                DeltaTableLog.fenceOf(lease),
                lease.epoch(),
                Option.apply(System.currentTimeMillis()))));
  }

  /** Makes the transaction depend on the fence of the run. */
  private void read(OptimisticTransaction transaction, RunLease lease) {
    requireHeld(transaction.snapshot(), lease);
    transaction.readTxn().$plus$eq(DeltaTableLog.fenceOf(lease));
  }

  private static void requireHeld(Snapshot snapshot, RunLease lease) {
    if (committed(snapshot, DeltaTableLog.fenceOf(lease)).orElse(0) > lease.epoch()) {
      throw lease.lost();
    }
  }

  private static void commit(OptimisticTransaction transaction, List<Action> actions) {
    transaction.commit(
        JavaConverters.asScalaBufferConverter(actions).asScala().toList(),
        new DeltaOperations.Write(SaveMode.Append, Option.empty(), Option.empty(), Option.empty()));
  }

  /** The files come from the checksum file, without a job over the log. */
  @Override
  public Optional<Dataset<Row>> read() {
    var snapshot = latest();
    var checksum = snapshot.checksumOpt();
    return checksum.isDefined() && checksum.get().allFiles().isDefined()
        ? Optional.of(
            log.createDataFrame(snapshot, checksum.get().allFiles().get(), false, Option.empty()))
        : Optional.empty();
  }

  @Override
  public void checkpoint() {
    log.checkpointAndCleanUpDeltaLog(latest(), Option.empty());
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
