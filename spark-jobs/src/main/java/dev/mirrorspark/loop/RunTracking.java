package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.report.RunFigures;
import dev.mirrorspark.report.RunPage;
import dev.mirrorspark.report.SampleResponses;
import dev.mirrorspark.report.Summary;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.track.Trackers;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.Column;

/**
 * Tells the trackers of a run what its tables say. Whatever goes wrong here is a line of progress:
 * the run is in the tables, and does not need it.
 */
final class RunTracking implements AutoCloseable {
  private static final int SAMPLES = 3;

  private final Session session;
  private final Trackers trackers;

  private RunTracking(Session session, Trackers trackers) {
    this.session = session;
    this.trackers = trackers;
  }

  /**
   * Starts them.
   *
   * @param finished iterations that the run has already; trackers that are new to it are told them
   */
  static RunTracking start(Session session, int finished) {
    var config = session.config();
    var trackers =
        Trackers.start(
            config,
            System.getenv(),
            RunFile.values(RunFile.toYaml(config)),
            finished,
            session.progress()::line);
    var tracking = new RunTracking(session, trackers);
    if (finished > 0) {
      tracking.tell(col(Iterations.ITERATION).lt(finished));
    }
    return tracking;
  }

  /** Tells them of an iteration that is in the table. */
  void iteration(int iteration) {
    tell(col(Iterations.ITERATION).equalTo(iteration));
  }

  private void tell(Column which) {
    if (trackers.none()) {
      return;
    }
    try {
      var policies = PolicyVersions.all(session);
      for (Metrics row : rows(which)) {
        String checkpoint =
            policies.stream()
                .filter(policy -> policy.iteration().equals(OptionalInt.of(row.iteration())))
                .map(Policy::checkpoint)
                .findFirst()
                .orElse("");
        trackers.iteration(row, checkpoint);
      }
    } catch (RuntimeException e) {
      session.progress().line("note: the trackers miss an iteration (%s)".formatted(e));
    }
  }

  private List<Metrics> rows(Column which) {
    return session
        .warehouse()
        .read(Iterations.TABLE)
        .where(col(TableSchema.RUN).equalTo(session.config().run()))
        .where(which)
        .orderBy(Iterations.ITERATION)
        .collectAsList()
        .stream()
        .map(Metrics::from)
        .toList();
  }

  /** Tells them that the run came to its end, and hands over a page on it. */
  void finished() {
    trackers.report(this::page);
    trackers.finished();
  }

  private String page() {
    String run = session.config().run();
    var evals =
        session
            .warehouse()
            .read(Evals.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .collectAsList()
            .stream()
            .map(Evals.Result::from)
            .toList();
    int planned = session.config().train().iterations();
    return new RunPage(
            List.of(RunFigures.of(session.warehouse(), run)),
            planned,
            List.of(new Summary(evals, PolicyVersions.all(session))),
            List.of(SampleResponses.of(session.warehouse(), run, planned - 1, SAMPLES)),
            Instant.now())
        .html();
  }

  @Override
  public void close() {
    trackers.close();
  }
}
