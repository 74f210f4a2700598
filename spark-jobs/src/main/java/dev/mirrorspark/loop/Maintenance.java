package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import scala.Console;

/**
 * Keeps a warehouse small: many small files of a table become few, its log is put together, files
 * that no table knows any more go, and so do folders that a crash left. It may run beside training,
 * and removes nothing that resuming a run needs; weights go only where they are asked to, and a
 * replay then says which are missing.
 */
public final class Maintenance {
  private static final double MEBI = 1 << 20;
  private static final String LISTING_TASKS = "16";

  private final Session session;
  private final Limits limits;
  private final FileSystem files;
  private long freed;

  /**
   * What is to go.
   *
   * @param minFiles files of a table from which they are put together
   * @param retainHours age below which nothing is removed
   * @param keepWeights newest policy versions of the session's run that keep their weights, beside
   *     the first one and those that were evaluated; below 0: all do
   */
  public record Limits(int minFiles, int retainHours, int keepWeights) {}

  private Maintenance(Session session, Limits limits) {
    this.session = session;
    this.limits = limits;
    try {
      this.files =
          new Path(session.warehouse().root())
              .getFileSystem(session.spark().sessionState().newHadoopConf());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Does it, and tells what it did. */
  public static void run(Session session, Limits limits) {
    var conf = session.spark().conf();
    conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false"); // ours is a day
    // Delta lists the files of a table in that many tasks, 10,000 by default.
    conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", LISTING_TASKS);
    var maintenance = new Maintenance(session, limits);
    try {
      Warehouse.TABLES.forEach(maintenance::table);
      maintenance.left();
      if (limits.keepWeights() >= 0) {
        maintenance.weights();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    session.progress().line("removed %,.1f MiB".formatted(maintenance.freed / MEBI));
  }

  private void table(TableSchema table) {
    var warehouse = session.warehouse();
    if (warehouse.version(table) < 0) {
      return;
    }
    String delta = "delta.`%s`".formatted(warehouse.path(table));
    long before = files(delta);
    if (before >= limits.minFiles()) {
      session.spark().sql("OPTIMIZE " + delta).collect();
      session
          .progress()
          .line("%s: %,d files put together to %,d".formatted(table.name(), before, files(delta)));
    }
    long size = bytes(new Path(warehouse.path(table)));
    // Delta prints what it removed by Scala's println.
    Console.withOut(
        OutputStream.nullOutputStream(),
        () ->
            session
                .spark()
                .sql("VACUUM %s RETAIN %d HOURS".formatted(delta, limits.retainHours()))
                .collect());
    warehouse.checkpoint(table);
    freed += size - bytes(new Path(warehouse.path(table)));
  }

  private long files(String delta) {
    return session.spark().sql("DESCRIBE DETAIL " + delta).first().getAs("numFiles");
  }

  /** Replays that were cut off, and checkpoints that no row names and nobody is writing. */
  private void left() throws IOException {
    var root = new Path(session.warehouse().root());
    for (var replay : children(new Path(root, "_replay"))) {
      remove(replay, "left by a replay");
    }
    Set<String> known =
        session
            .warehouse()
            .read(Policies.TABLE)
            .select(Policies.CHECKPOINT)
            .collectAsList()
            .stream()
            .map(row -> row.<String>getAs(Policies.CHECKPOINT))
            .map(folder -> new Path(folder).getName() + " " + parent(folder))
            .collect(Collectors.toCollection(HashSet::new));
    for (var run : children(new Path(root, "_models"))) {
      if (session.warehouse().holder(run.getPath().getName()).isPresent()) {
        continue;
      }
      for (var version : children(run.getPath())) {
        String name = version.getPath().getName();
        if (name.startsWith("policy-") && !known.contains(name + " " + run.getPath().getName())) {
          remove(version, "a checkpoint that table policies does not know");
        }
      }
    }
  }

  private static String parent(String checkpoint) {
    var parent = new Path(checkpoint).getParent();
    return parent == null ? "" : parent.getName();
  }

  /** Weights of old versions of the run that nothing starts from. */
  private void weights() throws IOException {
    String run = session.config().run();
    session
        .warehouse()
        .holder(run)
        .ifPresent(
            holder -> {
              throw new UserError(
                  "run %s is held by %s: its weights are not removed meanwhile"
                      .formatted(run, holder.owner()));
            });
    List<Policy> versions = PolicyVersions.all(session);
    Set<Integer> kept =
        session
            .warehouse()
            .read(Evals.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .select(Evals.POLICY_VERSION)
            .collectAsList()
            .stream()
            .map(row -> row.<Integer>getAs(Evals.POLICY_VERSION))
            .collect(Collectors.toCollection(HashSet::new));
    Set<String> othersStartFrom =
        session
            .warehouse()
            .read(Policies.TABLE)
            .where(col(TableSchema.RUN).notEqual(run))
            .select(Policies.CHECKPOINT)
            .collectAsList()
            .stream()
            .map(row -> row.<String>getAs(Policies.CHECKPOINT))
            .collect(Collectors.toCollection(HashSet::new));
    int newest = versions.stream().mapToInt(Policy::version).max().orElse(0) + 1;
    List<String> settings =
        session.warehouse().read(Runs.TABLE).select(Runs.CONFIG).collectAsList().stream()
            .map(row -> row.<String>getAs(Runs.CONFIG))
            .toList();
    for (Policy policy : versions) {
      boolean needed =
          policy.version() == 0
              || policy.version() >= newest - Math.max(1, limits.keepWeights())
              || kept.contains(policy.version())
              || othersStartFrom.contains(policy.checkpoint())
              || settings.stream().anyMatch(config -> config.contains(policy.checkpoint()));
      if (!needed) {
        removeWeights(new Path(policy.checkpoint()), policy.version());
      }
    }
  }

  private void removeWeights(Path folder, int version) throws IOException {
    for (var file : children(folder)) {
      if (file.isDirectory() || file.getPath().getName().contains(".safetensors")) {
        remove(file, "weights of version %d".formatted(version));
      }
    }
  }

  private void remove(FileStatus file, String what) throws IOException {
    if (Duration.between(Instant.ofEpochMilli(file.getModificationTime()), Instant.now()).toHours()
        < limits.retainHours()) {
      return;
    }
    long size = bytes(file.getPath());
    files.delete(file.getPath(), true);
    freed += size;
    session
        .progress()
        .line("%s: removed, %s, %,.1f MiB".formatted(file.getPath(), what, size / MEBI));
  }

  private List<FileStatus> children(Path folder) throws IOException {
    try {
      return new ArrayList<>(List.of(files.listStatus(folder)));
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  private long bytes(Path path) {
    try {
      return files.exists(path) ? files.getContentSummary(path).getLength() : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
