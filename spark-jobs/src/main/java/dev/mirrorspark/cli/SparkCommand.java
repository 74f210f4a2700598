package dev.mirrorspark.cli;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.loop.DryRun;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.policy.GpuTasks;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.SparkSession;
import org.slf4j.LoggerFactory;

/**
 * A command that works on the tables of a warehouse through Spark: opens what it needs, runs it,
 * and puts everything away, on Ctrl-C too.
 *
 * @param name the command, as the user types it
 * @param access what it does to the warehouse
 */
record SparkCommand(String name, Access access) {
  /** Ours comes before those of Spark and of Hadoop's file systems, which it still needs. */
  private static final int HOOK_PRIORITY = 100;

  /** What a command does to a warehouse. */
  enum Access {
    /** Reads one that must be there. */
    READ,
    /** Adds a few thousand rows at most to one, making it where it is missing. */
    WRITE,
    /** The same out of raw data of any size. */
    WRITE_MANY,
    /** The same for a single run, which it keeps other drivers off. */
    WRITE_RUN
  }

  /** As {@link #run}, of a body that succeeds or throws. */
  int perform(Terminal terminal, RunOptions options, Consumer<Session> body) {
    return run(
        terminal,
        options,
        options.config(),
        session -> {
          body.accept(session);
          return 0;
        });
  }

  /**
   * Runs the command, or with {@code --dry-run} only describes it.
   *
   * @return the exit code
   */
  int run(Terminal terminal, RunOptions options, RunConfig config, ToIntFunction<Session> body) {
    var progress = terminal.progress();
    List<AutoCloseable> open = new ArrayList<>();
    Runnable interrupted =
        () -> {
          Optional<String> fatal = FatalError.message(terminal.log());
          progress.stop(fatal.isPresent() ? List.of() : stopped(terminal, options));
          fatal.ifPresent(message -> terminal.err().println("mirrorspark: " + message));
          close(open);
        };
    var hooks = ShutdownHookManager.get();
    hooks.addShutdownHook(interrupted, HOOK_PRIORITY);
    try {
      if (options.dryRun()) {
        DryRun.describe(described(config, progress, open), terminal.out());
        return 0;
      }
      var spark = spark(progress, open);
      if (access == Access.READ && !exists(spark, config)) {
        throw new UserError(
            "warehouse %s: does not exist; name another with --set warehouse=FOLDER or --config"
                .formatted(config.warehouse()));
      }
      if (access == Access.WRITE_RUN) {
        GpuTasks.await(spark.sparkContext(), config.model());
      }
      var warehouse = warehouse(spark, config.warehouse(), progress);
      if (access != Access.READ) {
        warehouse.inCatalog();
      }
      if (access == Access.WRITE_RUN) {
        add(open, warehouse.hold(config.run(), config.schedule().leaseTerm()));
      }
      return body.applyAsInt(new Session(spark, warehouse, config, progress));
    } finally {
      if (!hooks.isShutdownInProgress()) {
        hooks.removeShutdownHook(interrupted);
        progress.stop(List.of());
        close(open);
      }
    }
  }

  private SparkSession spark(Progress progress, List<AutoCloseable> open) {
    try (var starting = progress.stage("starting Spark", 0)) {
      var spark = SparkSessions.open(name, access == Access.WRITE_RUN || access == Access.WRITE);
      add(open, spark);
      return spark;
    }
  }

  private Warehouse warehouse(SparkSession spark, String root, Progress progress) {
    try (var opening = progress.stage("opening the tables", 0)) {
      // A long command finds out at once that a table does not suit it.
      return access == Access.READ
          ? Warehouse.openToRead(spark, root)
          : access == Access.WRITE_RUN
              ? Warehouse.open(spark, root)
              : Warehouse.openUnchecked(spark, root);
    }
  }

  /** A dry run leaves no trace: where there is no warehouse yet, it looks at an empty one. */
  private Session described(RunConfig config, Progress progress, List<AutoCloseable> open) {
    var spark = spark(progress, open);
    String root = config.warehouse();
    if (!exists(spark, config)) {
      root = scratch(open);
    }
    var warehouse = warehouse(spark, root, progress);
    warehouse.create(Prompts.TABLE); // its scan is part of the plan
    return new Session(spark, warehouse, config, progress);
  }

  private static String scratch(List<AutoCloseable> open) {
    try {
      var folder = Files.createTempDirectory("mirrorspark-dry-run");
      add(open, () -> FileUtil.fullyDelete(folder.toFile()));
      return folder.toUri().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean exists(SparkSession spark, RunConfig config) {
    var log = new Path(new Path(config.warehouse(), Prompts.TABLE.name()), "_delta_log");
    try {
      return log.getFileSystem(spark.sessionState().newHadoopConf()).exists(log);
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError(
          "warehouse %s: cannot be reached (%s); set another with --set warehouse=FOLDER"
              .formatted(config.warehouse(), e.getMessage()),
          e);
    }
  }

  private List<String> stopped(Terminal terminal, RunOptions options) {
    return access == Access.READ || options.dryRun()
        ? List.of("stopped")
        : List.of("stopped; nothing is lost. Resume with:", "  " + terminal.command());
  }

  private static void add(List<AutoCloseable> open, AutoCloseable opened) {
    synchronized (open) {
      open.add(opened);
    }
  }

  /** Closes everything in the order of opening: Spark has stopped before the run is let go. */
  private static void close(List<AutoCloseable> open) {
    synchronized (open) {
      for (AutoCloseable opened : open) {
        try {
          opened.close();
        } catch (Exception e) {
          LoggerFactory.getLogger(SparkCommand.class).warn("closing after the command", e);
        }
      }
      open.clear();
    }
  }
}
