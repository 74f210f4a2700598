package dev.mirrorspark.table;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.PlainLocalFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The Delta tables of a folder: created, checked, read and appended to. */
public final class Warehouse {
  /** All tables of a warehouse. */
  public static final List<TableSchema> TABLES =
      List.of(
          Prompts.TABLE,
          Trajectories.TABLE,
          Rewards.TABLE,
          TrainingSet.TABLE,
          Policies.TABLE,
          Iterations.TABLE,
          Evals.TABLE,
          EvalResults.TABLE,
          Runs.TABLE,
          TestCases.TABLE,
          TestProblems.TABLE,
          ShortestResponses.TABLE,
          PreferencePairs.TABLE,
          TeacherLogprobs.TABLE,
          TokenScores.TABLE);

  /**
   * Spark settings under which small Delta commits are cheap on one machine; to be set wherever the
   * user set nothing else. The first two make Spark read and write Delta at all.
   *
   * <ul>
   *   <li>{@code snapshotPartitions}, {@code shuffle.partitions}, {@code adaptive.enabled}: the log
   *       and the tables of a run are small, so many partitions are only overhead on one machine.
   *   <li>{@code fs.file.impl} and its like: access rights and links by Java's calls; Hadoop's own
   *       start a process for each.
   *   <li>{@code verificationMode.forceOnNonUTC}: outside the UTC time zone Delta would rebuild the
   *       table's state by a Spark job on every commit, to verify its checksum.
   *   <li>{@code setTransactionsInCrc.maxAllowed}: the last version of each run and stage stays in
   *       the checksum file; above the limit it must be found by a Spark job.
   * </ul>
   */
  public static final Map<String, String> SPARK_DEFAULTS = sparkDefaults(true);

  /** Those of them that suit a cluster too, where Spark's own defaults stand otherwise. */
  public static final Map<String, String> SPARK_DEFAULTS_OF_CLUSTERS = sparkDefaults(false);

  /**
   * Further settings where queries go over the rows of one iteration, thousands at most: to
   * generate and compile code for each of them takes longer than to interpret it.
   */
  public static final Map<String, String> SPARK_DEFAULTS_OF_ITERATIONS =
      Map.of(
          "spark.sql.codegen.wholeStage", "false",
          "spark.sql.codegen.factoryMode", "NO_CODEGEN");

  /** Commits between two checkpoints of a table's log; a checkpoint costs as much as a commit. */
  private static final String CHECKPOINT_INTERVAL = "100";

  static final String CONSTRAINT = "delta.constraints.";

  private final SparkSession spark;
  private final String root;
  private final Map<String, DeltaTableLog> logs = new ConcurrentHashMap<>();
  private final Map<String, RunLease> leases = new ConcurrentHashMap<>();
  private final boolean reading;
  private Optional<Catalog> catalog = Optional.empty();

  private Warehouse(SparkSession spark, String root, boolean reading) {
    this.spark = spark;
    this.reading = reading;
    this.root = root;
  }

  /**
   * Opens the warehouse in a folder of any Hadoop file system and checks the tables that are there.
   * A table is created when it receives its first rows, and is empty until then.
   *
   * @throws UserError where the folder cannot be written, a table's folder holds something else, or
   *     a table has other columns or constraints than this version of Mirrorspark
   */
  public static Warehouse open(SparkSession spark, String root) {
    var warehouse = openUnchecked(spark, root);
    TABLES.forEach(warehouse::log);
    return warehouse;
  }

  /**
   * As {@link #open}, for a short command: a table is checked when it is first used.
   *
   * @throws UserError where the folder cannot be written
   */
  public static Warehouse openUnchecked(SparkSession spark, String root) {
    requireWritable(spark, root);
    return new Warehouse(spark, absolute(spark, root), false);
  }

  /**
   * The same for a command that reads: the folder need not be writable, and a table that was made
   * before it had its last columns stays as it is; its rows have none in them.
   */
  public static Warehouse openToRead(SparkSession spark, String root) {
    return new Warehouse(spark, absolute(spark, root), true);
  }

  /**
   * Makes the tables known in the catalog that the session's setting {@code
   * spark.mirrorspark.catalog} names, those that are there now and others when they are made.
   *
   * @throws UserError if the catalog refuses, or has other tables under these names
   */
  public Warehouse inCatalog() {
    catalog = Catalog.of(spark);
    catalog.ifPresent(
        known -> TABLES.stream().filter(table -> log(table).exists()).forEach(this::register));
    return this;
  }

  private void register(TableSchema table) {
    catalog.ifPresent(known -> known.register(table, path(table)));
  }

  /** The folder that holds the tables. */
  public String root() {
    return root;
  }

  /** The folder of one table. */
  public String path(TableSchema table) {
    return new Path(root, table.name()).toString();
  }

  /** The table's rows as of now. */
  public Dataset<Row> read(TableSchema table) {
    var log = log(table);
    return log.exists()
        ? OlderTable.widened(table, log.read().orElseGet(() -> live(table)))
        : spark.createDataFrame(List.of(), table.columns());
  }

  /** The table's rows as of whenever they are read. */
  private Dataset<Row> live(TableSchema table) {
    return spark.read().format("delta").load(path(table));
  }

  /** The table's rows as of one of its earlier versions; columns that it lacked then are null. */
  public Dataset<Row> readAsOf(TableSchema table, long version) {
    return OlderTable.widened(
        table, spark.read().format("delta").option("versionAsOf", version).load(path(table)));
  }

  /** Puts a table's log into one file, see {@link DeltaTableLog#checkpoint}. */
  public void checkpoint(TableSchema table) {
    log(table).checkpoint();
  }

  /** The table's version: the number of its last commit; -1 before it is created. */
  public long version(TableSchema table) {
    return log(table).version();
  }

  /**
   * Appends rows in one commit, or nothing where this was done before: where the application's last
   * version in this table is the given one or a higher one. The rows are computed once, and not at
   * all when they are skipped.
   *
   * @param rows all columns of the table, in any order
   * @param txnApp the run and the stage, {@code <run>/<stage>}
   * @param txnVersion the iteration, rising from commit to commit
   * @throws IllegalArgumentException if a column is missing, superfluous or of another type
   * @throws UserError if the disk is full
   * @throws HeldRun if another driver has taken over the run that {@link #hold} kept for this one
   */
  public void append(TableSchema table, Dataset<Row> rows, String txnApp, long txnVersion) {
    var columns = table.selection(rows.schema());
    create(table);
    try {
      log(table).append(rows.select(columns), txnApp, txnVersion, lease(txnApp));
    } catch (Exception | FSError e) {
      throw failure(table, e);
    }
  }

  /** As {@link #append(TableSchema, Dataset, String, long)}, for a few rows that make one file. */
  public void append(TableSchema table, List<Row> rows, String txnApp, long txnVersion) {
    var frame = spark.createDataFrame(rows, table.columns().asNullable()).coalesce(1);
    append(table, frame, txnApp, txnVersion);
  }

  /**
   * The last version that an application committed to the table; empty if none. Read from the
   * table's log, normally without a Spark job.
   */
  public OptionalLong committed(TableSchema table, String txnApp) {
    return log(table).committed(txnApp);
  }

  /**
   * Makes each table known to SQL under its name, as a temporary view of this session, with its
   * rows as of now; writes nothing.
   */
  public void view() {
    TABLES.forEach(table -> read(table).createOrReplaceTempView(table.name()));
  }

  /**
   * Makes each table known to SQL under its name, as a temporary view of this session; creates
   * those that are missing.
   */
  public void register() {
    TABLES.forEach(
        table -> {
          create(table);
          live(table).createOrReplaceTempView(table.name());
        });
  }

  /**
   * Creates the table without rows, with its columns and constraints in one commit; where it is
   * there already, does nothing.
   *
   * @throws UserError if the disk is full
   */
  public void create(TableSchema table) {
    var log = log(table);
    if (log.exists()) {
      if (reading) {
        widen(table, log);
      }
      return;
    }
    try (var alone = TablesLock.take(root, spark.sessionState().newHadoopConf())) {
      if (!log.exists()) { // another driver may have created it while this one waited
        clearUnfinished(table);
        log.create(table, properties(table));
        register(table);
      }
    } catch (Exception | FSError e) {
      if (!log.exists()) { // else another driver has created it meanwhile
        throw failure(table, e);
      }
      OlderTable.require(table, log, path(table), false);
    }
  }

  /**
   * Keeps other drivers off a run until it is closed; see {@link RunLease}. What this warehouse
   * appends for the run meanwhile is refused once another driver has taken the run over.
   *
   * @param term how long a driver may give no sign of life before another takes its run over
   * @throws HeldRun if another driver holds the run
   * @throws UserError if another driver writes to a warehouse that one alone may write to
   */
  public RunLease hold(String run, Duration term) {
    var hadoop = spark.sessionState().newHadoopConf();
    String logStore = spark.conf().get(SharedWriting.setting(root), "");
    SharedWriting.require(root, logStore, leases.keySet(), hadoop);
    var lease = RunLease.acquire(root, run, term, hadoop);
    if (lease.mustFence()) {
      for (var table : TABLES) {
        create(table);
        log(table).fence(lease);
      }
    }
    leases.put(run, lease);
    return lease;
  }

  /**
   * Before files of a run are written that no table guards: looks whether this driver still has it.
   *
   * @throws HeldRun if another driver has taken over a run that this one held
   */
  public void requireHeld(String run) {
    lease(run).ifPresent(RunLease::requireHeld);
  }

  /** Who holds a run, if anyone does. */
  public Optional<RunLease.Holder> holder(String run) {
    return RunLease.holder(root, run, spark.sessionState().newHadoopConf());
  }

  /** The lease under which an application of this driver commits. */
  private Optional<RunLease> lease(String txnApp) {
    return Optional.ofNullable(leases.get(txnApp.split("/", 2)[0])).filter(held -> !held.closed());
  }

  /** The table's log; the first time, a table that is there is checked and widened. */
  private DeltaTableLog log(TableSchema table) {
    if (!TABLES.contains(table)) {
      throw new IllegalArgumentException("no such table: " + table.name());
    }
    return logs.computeIfAbsent(table.name(), name -> opened(table));
  }

  private DeltaTableLog opened(TableSchema table) {
    var log = DeltaTableLog.of(spark, path(table));
    if (log.exists()) {
      if (!reading) {
        widen(table, log);
      }
      OlderTable.require(table, log, path(table), reading);
    } else {
      unfinished(table);
    }
    return log;
  }

  /** Adds the columns that a table made before there were any lacks. */
  private void widen(TableSchema table, DeltaTableLog log) {
    if (OlderTable.lacks(table, log.schema()).isEmpty()) {
      return;
    }
    try (var alone = TablesLock.take(root, spark.sessionState().newHadoopConf())) {
      var added = OlderTable.lacks(table, log.schema()); // another driver may have added them
      if (!added.isEmpty()) {
        spark.sql("ALTER TABLE delta.`%s` ADD COLUMNS (%s)".formatted(path(table), added.toDDL()));
      }
    }
  }

  private static Map<String, String> properties(TableSchema table) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("delta.checkpointInterval", CHECKPOINT_INTERVAL);
    table.constraints().forEach((name, sql) -> properties.put(CONSTRAINT + name, sql));
    return properties;
  }

  /** What a creation left that was killed before its commit; anything else is refused. */
  private List<Path> unfinished(TableSchema table) {
    var folder = new Path(path(table));
    List<Path> left = new ArrayList<>();
    try {
      var fs = fileSystem(spark, folder);
      if (!fs.exists(folder)) {
        return left;
      }
      for (var entry : fs.listStatus(folder)) {
        if (!entry.isDirectory() || !entry.getPath().getName().equals("_delta_log")) {
          throw new UserError(
              "%s: not a Delta table, but it holds %s; move it away or choose another warehouse"
                  .formatted(folder, entry.getPath().getName()));
        }
        left.add(entry.getPath());
      }
      return left;
    } catch (IOException e) {
      throw failure(table, e);
    }
  }

  /** A log with a commit is a table, and none of it is ever deleted. */
  private void clearUnfinished(TableSchema table) throws IOException {
    for (var entry : unfinished(table)) {
      var fs = fileSystem(spark, entry);
      var commits = fs.globStatus(new Path(entry, "[0-9]*.json"));
      if (commits == null || commits.length == 0) {
        fs.delete(entry, true);
      }
    }
  }

  private static void requireWritable(SparkSession spark, String root) {
    var probe = new Path(root, "_probe_" + UUID.randomUUID());
    try {
      var fs = fileSystem(spark, probe);
      fs.mkdirs(probe.getParent());
      fs.create(probe, false).close();
      fs.delete(probe, false);
    } catch (IOException | FSError e) {
      throw new UserError(
          "warehouse %s cannot be written: %s; make it writable or set another warehouse"
              .formatted(root, firstLine(e)),
          e);
    }
  }

  /** Delta takes a relative path for a table's name. */
  private static String absolute(SparkSession spark, String root) {
    var path = new Path(root);
    if (path.isAbsolute()) {
      return root;
    }
    try {
      return fileSystem(spark, path).makeQualified(path).toUri().getPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileSystem fileSystem(SparkSession spark, Path path) throws IOException {
    return path.getFileSystem(spark.sessionState().newHadoopConf());
  }

  private RuntimeException failure(TableSchema table, Throwable e) {
    for (var cause = e; cause != null; cause = cause.getCause()) {
      var message = String.valueOf(cause.getMessage());
      if (message.contains("No space left on device") || message.contains("quota exceeded")) {
        return new UserError(
            "warehouse %s: the disk is full, nothing was added to table %s; free space and run the "
                    .formatted(root, table.name())
                + "same command again",
            e);
      }
    }
    return e instanceof RuntimeException known
        ? known
        : new IllegalStateException("table %s: %s".formatted(path(table), firstLine(e)), e);
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.getClass().getSimpleName());
  }

  private static Map<String, String> sparkDefaults(boolean oneMachine) {
    var settings = new LinkedHashMap<String, String>();
    settings.put("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension");
    settings.put(
        "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    if (oneMachine) {
      settings.put("spark.ui.enabled", "false");
      settings.put("spark.sql.shuffle.partitions", "2");
      settings.put("spark.sql.adaptive.enabled", "false");
      settings.put("spark.databricks.delta.snapshotPartitions", "1");
      settings.put(
          "spark.hadoop.fs.file.impl", "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem");
      settings.put("spark.hadoop.fs.AbstractFileSystem.file.impl", PlainLocalFs.class.getName());
    }
    settings.put("spark.databricks.delta.autoCompact.enabled", "false");
    settings.put(
        "spark.databricks.delta.allFilesInCrc.verificationMode.forceOnNonUTC.enabled", "false");
    settings.put("spark.databricks.delta.setTransactionsInCrc.maxAllowed", "10000");
    return Collections.unmodifiableMap(settings);
  }
}
