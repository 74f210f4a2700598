package dev.mirrorspark.table;

import dev.mirrorspark.config.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.LoggerFactory;

/**
 * Holds a run for one driver, for as long as that driver gives a sign of life.
 *
 * <p>Each holder has an epoch, one above the last. A second driver is refused while the first one
 * lives; it takes the run over where the first has closed it, has ended in whatever way (on a local
 * file system the operating system tells at once), or has given no sign of life for a whole term,
 * which the second watches by its own clock. Then {@link Warehouse} writes the epoch into every
 * table, and a holder of an earlier epoch that wakes up can commit nothing any more.
 */
public final class RunLease implements AutoCloseable {
  private static final int SIGNS_IN_A_TERM = 3;
  private static final long POLL_NANOS = 100_000_000;

  private final LeaseFiles files;
  private final String run;
  private final long epoch;
  private final boolean mustFence;
  private final Closeable alive;
  private final ScheduledExecutorService signs;
  private long sign;
  private volatile boolean closed;

  private RunLease(LeaseFiles files, String run, long epoch, boolean mustFence, Closeable alive) {
    this.files = files;
    this.run = run;
    this.epoch = epoch;
    this.mustFence = mustFence;
    this.alive = alive;
    this.signs =
        new ScheduledThreadPoolExecutor(
            1,
            body -> {
              var thread = new Thread(body, "lease of run " + run);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Takes the run.
   *
   * @param term how long a driver may give no sign of life before another takes its run over
   * @throws HeldRun if another driver holds it; names its process, host and start
   * @throws UserError if the lease cannot be written
   */
  public static RunLease acquire(String root, String run, Duration term, Configuration hadoop) {
    try {
      var files = LeaseFiles.of(root, run, hadoop);
      OptionalLong last = files.last();
      boolean closed = last.isEmpty() || files.closed(last.getAsLong());
      if (!closed) {
        requireEnded(files, run, last.getAsLong(), term);
      }
      long epoch = last.orElse(0) + 1;
      var alive = files.begin(epoch, owner());
      if (alive.isEmpty() || files.last().orElse(epoch) > epoch) {
        throw held(files, run, epoch, "wait for it, or stop it and start again");
      }
      var lease = new RunLease(files, run, epoch, !closed, alive.get());
      lease.giveSign();
      long pause = Math.max(1, term.toMillis() / SIGNS_IN_A_TERM);
      lease.signs.scheduleWithFixedDelay(lease::giveSign, pause, pause, TimeUnit.MILLISECONDS);
      files.removeBefore(epoch);
      return lease;
    } catch (IOException e) {
      throw new UserError(
          "%s: the lease of run %s cannot be written: %s; make the warehouse writable or set another"
              .formatted(new Path(root, LeaseFiles.FOLDER), run, e),
          e);
    }
  }

  /**
   * Who holds a run.
   *
   * @param owner process, host and start
   * @param sign his last sign of life, by his clock
   * @param ended whether his process is known to be gone, on a local file system
   */
  public record Holder(String owner, Instant sign, boolean ended) {}

  /**
   * Who has not let the run go; empty where nobody holds it. Takes nothing and writes nothing.
   *
   * @throws UserError if the warehouse cannot be read
   */
  public static Optional<Holder> holder(String root, String run, Configuration hadoop) {
    try {
      var files = LeaseFiles.of(root, run, hadoop);
      OptionalLong last = files.last();
      if (last.isEmpty() || files.closed(last.getAsLong())) {
        return Optional.empty();
      }
      long epoch = last.getAsLong();
      return Optional.of(
          new Holder(files.owner(epoch), files.sign(epoch).at(), files.ended(epoch)));
    } catch (IOException e) {
      throw new UserError(
          "%s: the leases of run %s cannot be read: %s"
              .formatted(new Path(root, LeaseFiles.FOLDER), run, e),
          e);
    }
  }

  /** Returns where the holder of that epoch is surely gone or silent for a whole term. */
  private static void requireEnded(LeaseFiles files, String run, long epoch, Duration term)
      throws IOException {
    if (files.ended(epoch)) {
      return;
    }
    String mend = "wait for it, or stop it and start again";
    LeaseFiles.Sign first = files.sign(epoch);
    Duration silent = Duration.between(first.at(), Instant.now());
    // A clock that is ahead or behind only makes this driver watch.
    if (!silent.isNegative()
        && silent.multipliedBy(SIGNS_IN_A_TERM).compareTo(term.multipliedBy(2)) < 0) {
      throw held(
          files,
          run,
          epoch,
          "its last sign of life is %d s old; wait for it, or stop it and start again %d s later"
              .formatted(silent.toSeconds(), term.toSeconds()));
    }
    long end = System.nanoTime() + term.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(POLL_NANOS);
      if (files.closed(epoch) || files.ended(epoch)) {
        return;
      }
      if (!files.sign(epoch).equals(first)) {
        throw held(files, run, epoch, mend);
      }
    }
  }

  private void giveSign() {
    try {
      files.give(epoch, new LeaseFiles.Sign(++sign, Instant.now()));
    } catch (IOException | RuntimeException e) {
      LoggerFactory.getLogger(RunLease.class)
          .warn("run {}: a sign of life could not be written", run, e);
    }
  }

  /** Number of this holder, higher than that of each one before it. */
  long epoch() {
    return epoch;
  }

  /** The run that is held. */
  String run() {
    return run;
  }

  /** Whether the holder before this one did not close the run, so that it might still wake up. */
  boolean mustFence() {
    return mustFence;
  }

  /**
   * Looks whether another driver has taken the run over meanwhile.
   *
   * @throws HeldRun if one has
   */
  void requireHeld() {
    try {
      if (files.last().orElse(epoch) > epoch) {
        throw lost();
      }
    } catch (IOException e) {
      LoggerFactory.getLogger(RunLease.class).warn("run {}: its lease cannot be read", run, e);
    }
  }

  /** What a holder is told that has lost the run. */
  HeldRun lost() {
    try {
      OptionalLong now = files.last();
      return now.isPresent() && now.getAsLong() > epoch
          ? new HeldRun(
              "run %s was taken over by another driver (%s) while this one gave no sign of life; this one stops, and nothing is lost"
                  .formatted(run, files.owner(now.getAsLong())))
          : new HeldRun("run %s was taken over by another driver; this one stops".formatted(run));
    } catch (IOException e) {
      return new HeldRun("run %s was taken over by another driver; this one stops".formatted(run));
    }
  }

  /** Whether this driver has let go. */
  boolean closed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    signs.shutdownNow();
    try (var ending = alive) {
      files.close(epoch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HeldRun held(LeaseFiles files, String run, long epoch, String mend)
      throws IOException {
    return new HeldRun(
        "run %s is held by another driver (%s) through %s; %s"
            .formatted(run, files.owner(epoch), files.folder(), mend));
  }

  private static String owner() {
    return "pid %d on %s since %s"
        .formatted(
            ProcessHandle.current().pid(),
            LeaseFiles.host(),
            Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }
}
