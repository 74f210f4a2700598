package dev.mirrorspark.track;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Iterations.Metrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The trackers of a run. Each is told on a thread of its own, so that the run never waits for it;
 * what it cannot do is said once, and it is told on.
 */
public final class Trackers implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(15);

  private final List<Told> all = new ArrayList<>();
  private final Consumer<String> warnings;
  private final int finished;
  private final Map<String, String> settings;
  private boolean done;

  /** A tracker and the thread that tells it. */
  private static final class Told {
    private final Tracker tracker;
    private final ThreadPoolExecutor thread;
    private boolean warned;

    /** Whether it had no record of the run, and so needs the iterations before. */
    private volatile boolean fresh;

    /** Whether it could be started; until then each iteration tries again. */
    private volatile boolean started;

    Told(Tracker tracker) {
      this.tracker = tracker;
      this.thread =
          new ThreadPoolExecutor(
              1,
              1,
              0,
              TimeUnit.SECONDS,
              new LinkedBlockingQueue<>(),
              work -> {
                var thread = new Thread(work, "tracker");
                thread.setDaemon(true);
                return thread;
              },
              new ThreadPoolExecutor.DiscardPolicy());
    }
  }

  /** What a tracker is told. */
  private interface Telling {
    void tell(Told told) throws Exception;
  }

  private Trackers(
      List<Tracker> trackers,
      Map<String, String> settings,
      int finished,
      Consumer<String> warnings) {
    this.settings = settings;
    trackers.forEach(tracker -> all.add(new Told(tracker)));
    this.finished = finished;
    this.warnings = warnings;
  }

  /**
   * Starts the trackers that a run file names.
   *
   * @param environment where tokens are
   * @param settings the run's settings by dotted key
   * @param finished iterations that the run has already
   * @param warnings takes what a tracker could not do, a line each; on any thread
   */
  public static Trackers start(
      RunConfig config,
      Map<String, String> environment,
      Map<String, String> settings,
      int finished,
      Consumer<String> warnings) {
    var track = config.track();
    List<Tracker> trackers = new ArrayList<>();
    if (!track.tensorboard().isEmpty()) {
      trackers.add(new TensorBoardLog(Path.of(track.tensorboard()), config.run()));
    }
    if (!track.mlflow().isEmpty()) {
      var token =
          Optional.of(track.mlflowTokenEnv())
              .filter(name -> !name.isEmpty())
              .map(name -> token(name, environment));
      trackers.add(
          new MlflowRun(
              track.mlflow(), track.mlflowExperiment(), token, config.run(), config.warehouse()));
    }
    var all = new Trackers(trackers, settings, finished, warnings);
    all.tell(all::begin);
    return all;
  }

  /** A token in a file often ends with a line end; within, it would be refused with its text. */
  private static String token(String name, Map<String, String> environment) {
    String token = environment.getOrDefault(name, "").strip();
    if (token.isEmpty() || token.chars().anyMatch(Character::isISOControl)) {
      throw new UserError(
          "track.mlflow_token_env: environment variable %s is to hold a token of one line"
              .formatted(name));
    }
    return token;
  }

  private void begin(Told told) throws Exception {
    if (!told.started) {
      told.fresh = told.tracker.start(settings);
      told.started = true;
    }
  }

  /** Whether there is none. */
  public boolean none() {
    return all.isEmpty();
  }

  /**
   * Tells of an iteration; one that was finished before this process began, to those alone that
   * know nothing of the run.
   */
  public void iteration(Metrics metrics, String checkpoint) {
    tell(
        told -> {
          begin(told);
          if (metrics.iteration() >= finished || told.fresh) {
            told.tracker.iteration(metrics, checkpoint);
          }
        });
  }

  /** Hands over a page on the run; where it cannot be made, that is said and no more. */
  public void report(Supplier<String> html) {
    if (none()) {
      return;
    }
    try {
      String page = html.get();
      tell(told -> told.tracker.report(page));
    } catch (RuntimeException e) {
      warnings.accept("note: no report for the trackers (%s)".formatted(e.getMessage()));
    }
  }

  /** Says that the run came to its end. */
  public void finished() {
    done = true;
  }

  private void tell(Telling telling) {
    for (Told told : all) {
      told.thread.execute(
          () -> {
            try {
              telling.tell(told);
            } catch (InterruptedException ended) {
              Thread.currentThread().interrupt();
            } catch (Exception | LinkageError e) {
              warn(told, e);
            }
          });
    }
  }

  private void warn(Told told, Throwable fault) {
    if (!told.warned) {
      told.warned = true;
      warnings.accept(
          "note: %s: %s; the run goes on; this is not said again"
              .formatted(told.tracker.name(), fault));
    }
  }

  /** Ends the records, within seconds. */
  @Override
  public void close() {
    close(END);
  }

  void close(Duration within) {
    boolean finishedRun = done;
    tell(told -> told.tracker.end(finishedRun));
    all.forEach(told -> told.thread.shutdown());
    long end = System.nanoTime() + within.toNanos();
    for (Told told : all) {
      try {
        if (!told.thread.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          told.thread.shutdownNow();
        }
      } catch (InterruptedException e) {
        told.thread.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
  }
}
