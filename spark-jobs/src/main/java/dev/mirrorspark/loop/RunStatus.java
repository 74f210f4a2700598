package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.report.Figures;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.RunLease.Holder;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * How a run is doing, for a person or a timer.
 *
 * @param finished iterations that have their row
 * @param asked iterations that the run file asks for
 * @param underWay rows that the iteration under way has so far, by table; empty where none is
 * @param holder the driver that has not let go of the run
 * @param newest the newest policy version
 * @param last the last finished iteration
 * @param secondsAnIteration mean of the last ten finished iterations; NaN without one
 * @param bytesOfTables of the whole warehouse, all runs in it
 * @param bytesOfPolicies of the run's checkpoints
 */
public record RunStatus(
    String run,
    String warehouse,
    int finished,
    int asked,
    Map<String, Long> underWay,
    Optional<Holder> holder,
    Optional<Policy> newest,
    Optional<Metrics> last,
    double secondsAnIteration,
    long bytesOfTables,
    long bytesOfPolicies) {

  private static final int RECENT = 10;
  private static final double MEBI = 1 << 20;

  /** Reads it; writes nothing. */
  public static RunStatus of(Session session) {
    String run = session.config().run();
    List<Metrics> iterations =
        session
            .warehouse()
            .read(Iterations.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .collectAsList()
            .stream()
            .map(Metrics::from)
            .sorted(Comparator.comparingInt(Metrics::iteration))
            .toList();
    int finished = TrainingRun.finished(session);
    var recent = iterations.subList(Math.max(0, iterations.size() - RECENT), iterations.size());
    List<Policy> policies = PolicyVersions.all(session);
    return new RunStatus(
        run,
        session.warehouse().root(),
        finished,
        session.config().train().iterations(),
        underWay(session, finished),
        session.warehouse().holder(run),
        policies.isEmpty() ? Optional.empty() : Optional.of(policies.get(policies.size() - 1)),
        iterations.isEmpty()
            ? Optional.empty()
            : Optional.of(iterations.get(iterations.size() - 1)),
        recent.stream().mapToDouble(Metrics::seconds).average().orElse(Double.NaN),
        bytes(session, session.warehouse().root()) - bytes(session, modelsOfAll(session)),
        bytes(session, session.models()));
  }

  private static Map<String, Long> underWay(Session session, int iteration) {
    Map<String, Long> rows = new LinkedHashMap<>();
    for (var table : List.of(Trajectories.TABLE, Rewards.TABLE, TrainingSet.TABLE)) {
      long count =
          session
              .warehouse()
              .read(table)
              .where(col(TableSchema.RUN).equalTo(session.config().run()))
              .where(col(Iterations.ITERATION).equalTo(iteration))
              .count();
      if (count > 0) {
        rows.put(table.name(), count);
      }
    }
    return rows;
  }

  private static String modelsOfAll(Session session) {
    return new Path(session.models()).getParent().toString();
  }

  private static long bytes(Session session, String folder) {
    var path = new Path(folder);
    try {
      var fs = path.getFileSystem(session.spark().sessionState().newHadoopConf());
      return fs.exists(path) ? fs.getContentSummary(path).getLength() : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the run has all of its iterations. */
  public boolean complete() {
    return finished >= asked;
  }

  /** Whether a driver holds the run and is not known to be gone. */
  public boolean held() {
    return holder.isPresent() && !holder.get().ended();
  }

  /** What it says, a line a fact. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    add(lines, "run", run + " in " + warehouse);
    add(lines, "state", state());
    add(lines, "driver", holder.map(RunStatus::driver).orElse("none"));
    last.ifPresent(
        metrics ->
            add(
                lines,
                "last",
                "iteration %d finished %s: accuracy %s, %s tokens a response"
                    .formatted(
                        metrics.iteration(),
                        metrics.finishedAt(),
                        Figures.percent(metrics.accuracy()),
                        Figures.fixed(metrics.meanTokens(), 1))));
    if (!complete() && secondsAnIteration > 0) {
      add(
          lines,
          "to go",
          "%d iterations, about %s at %s each"
              .formatted(
                  asked - finished,
                  Progress.duration((asked - finished) * secondsAnIteration),
                  Progress.duration(secondsAnIteration)));
    }
    newest.ifPresent(
        policy ->
            add(
                lines,
                "policy",
                "version %d, %s".formatted(policy.version(), policy.checkpoint())));
    add(
        lines,
        "disk",
        "%,.0f MiB of tables (all runs), %,.0f MiB of this run's policies"
            .formatted(bytesOfTables / MEBI, bytesOfPolicies / MEBI));
    return lines;
  }

  private String state() {
    if (complete()) {
      return "finished: %d of %d iterations".formatted(finished, asked);
    }
    String so =
        newest.isEmpty()
            ? "not begun"
            : "%d of %d iterations%s".formatted(finished, asked, rowsUnderWay());
    return so + (held() ? "" : "; start train to go on");
  }

  private String rowsUnderWay() {
    List<String> rows = new ArrayList<>();
    underWay.forEach((table, count) -> rows.add("%,d of %s".formatted(count, table)));
    return rows.isEmpty()
        ? ""
        : ", iteration %d under way (rows: %s)".formatted(finished, String.join(", ", rows));
  }

  private static String driver(Holder holder) {
    return holder.ended()
        ? holder.owner() + ", has ended without letting go; the next start takes over"
        : "%s, last sign of life %d s ago"
            .formatted(holder.owner(), Duration.between(holder.sign(), Instant.now()).toSeconds());
  }

  private static void add(List<String> lines, String what, String value) {
    lines.add("%-8s %s".formatted(what, value));
  }
}
