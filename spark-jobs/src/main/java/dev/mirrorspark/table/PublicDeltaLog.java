package dev.mirrorspark.table;

import io.delta.exceptions.MetadataChangedException;
import io.delta.kernel.Table;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.tables.DeltaTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * The log of a table through what Delta publishes: writes with its options {@code txnAppId} and
 * {@code txnVersion}, {@link DeltaTable}, SQL, and Delta's kernel, which needs no Delta in Spark.
 *
 * <p>A fence is the epoch of the lease as a version of {@link DeltaTableLog#fenceOf}, then a change
 * of the table's properties: every write that began before that change fails. A writer looks at the
 * epoch before each write. One that is paused between the two for a whole term may write one more
 * time; the version of its stage is in that write, so that the later holder's same rows are not
 * added again.
 */
final class PublicDeltaLog implements DeltaTableLog {
  private static final String FENCE = "mirrorspark.fence";
  private static final int ATTEMPTS = 3;

  private final SparkSession spark;
  private final String path;
  private final Engine engine;
  private volatile boolean seen;

  PublicDeltaLog(SparkSession spark, String path) {
    this.spark = spark;
    this.path = path;
    this.engine = DefaultEngine.create(spark.sessionState().newHadoopConf());
  }

  @Override
  public boolean exists() {
    seen = seen || latest().isPresent();
    return seen;
  }

  @Override
  public void create(TableSchema table, Map<String, String> properties) {
    var builder =
        DeltaTable.createIfNotExists(spark)
            .location(path)
            .comment(table.comment())
            .addColumns(table.columns());
    for (var property : properties.entrySet()) {
      builder = builder.property(property.getKey(), property.getValue());
    }
    builder.execute();
  }

  @Override
  public StructType schema() {
    return (StructType) DataType.fromJson(there().getMetadata().getSchemaString());
  }

  @Override
  public Map<String, String> properties() {
    return there().getMetadata().getConfiguration();
  }

  @Override
  public long version() {
    return latest().map(snapshot -> snapshot.getVersion(engine)).orElse(-1L);
  }

  @Override
  public OptionalLong committed(String txnApp) {
    return latest()
        .flatMap(snapshot -> snapshot.getLatestTransactionVersion(engine, txnApp))
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  @Override
  public void append(Dataset<Row> rows, String txnApp, long txnVersion, Optional<RunLease> lease) {
    for (int attempt = 1; ; attempt++) {
      lease.ifPresent(this::requireHeld);
      try {
        write(rows, txnApp, txnVersion);
        return;
      } catch (RuntimeException e) {
        lease.ifPresent(this::requireHeld);
        if (attempt == ATTEMPTS || !ofFence(e)) { // of another run's fence
          throw e;
        }
      }
    }
  }

  private void write(Dataset<Row> rows, String txnApp, long txnVersion) {
    rows.write()
        .format("delta")
        .mode("append")
        .option("txnAppId", txnApp)
        .option("txnVersion", txnVersion)
        .save(path);
  }

  private static boolean ofFence(Throwable e) {
    return e != null && (e instanceof MetadataChangedException || ofFence(e.getCause()));
  }

  @Override
  public void fence(RunLease lease) {
    requireHeld(lease);
    write(spark.createDataFrame(List.of(), schema()), DeltaTableLog.fenceOf(lease), lease.epoch());
    spark.sql(
        "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('%s' = '%s %d')"
            .formatted(path, FENCE, lease.run(), lease.epoch()));
  }

  private void requireHeld(RunLease lease) {
    if (committed(DeltaTableLog.fenceOf(lease)).orElse(0) > lease.epoch()) {
      throw lease.lost();
    }
  }

  @Override
  public void checkpoint() {}

  @Override
  public Optional<Dataset<Row>> read() {
    return Optional.empty();
  }

  private SnapshotImpl there() {
    return latest().orElseThrow(() -> new IllegalStateException(path + ": no Delta table"));
  }

  private Optional<SnapshotImpl> latest() {
    try {
      return Optional.of((SnapshotImpl) Table.forPath(engine, path).getLatestSnapshot(engine));
    } catch (TableNotFoundException e) {
      return Optional.empty();
    }
  }
}
