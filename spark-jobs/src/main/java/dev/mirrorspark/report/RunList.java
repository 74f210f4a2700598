package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/**
 * The runs of a warehouse, the one that was started last at the end.
 *
 * @param runs what is known of each
 */
public record RunList(List<Run> runs) {
  /** Characters of a curve. */
  private static final int WIDE = 32;

  /**
   * One run.
   *
   * @param accuracy of each finished iteration, NaN where nothing was judged
   * @param meanTokens of the last finished iteration; NaN if there is none
   */
  public record Run(String name, Instant started, List<Double> accuracy, double meanTokens) {
    public Run {
      accuracy = List.copyOf(accuracy);
    }
  }

  public RunList {
    runs = List.copyOf(runs);
  }

  /** Reads them. */
  public static RunList of(Warehouse warehouse) {
    Map<String, List<Row>> iterations = new TreeMap<>();
    warehouse
        .read(Iterations.TABLE)
        .select(TableSchema.RUN, Iterations.ACCURACY, Iterations.MEAN_TOKENS)
        .orderBy(TableSchema.RUN, Iterations.ITERATION)
        .collectAsList()
        .forEach(
            row ->
                iterations
                    .computeIfAbsent(row.getAs(TableSchema.RUN), name -> new ArrayList<>())
                    .add(row));
    List<Run> runs = new ArrayList<>();
    for (Row row :
        warehouse
            .read(Runs.TABLE)
            .select(TableSchema.RUN, Runs.STARTED_AT)
            .orderBy(col(Runs.STARTED_AT), col(TableSchema.RUN))
            .collectAsList()) {
      String name = row.getAs(TableSchema.RUN);
      List<Row> finished = iterations.getOrDefault(name, List.of());
      runs.add(
          new Run(
              name,
              row.<Timestamp>getAs(Runs.STARTED_AT).toInstant(),
              finished.stream().map(RunList::accuracy).toList(),
              finished.isEmpty()
                  ? Double.NaN
                  : finished.get(finished.size() - 1).getAs(Iterations.MEAN_TOKENS)));
    }
    return new RunList(runs);
  }

  private static double accuracy(Row row) {
    Double accuracy = row.getAs(Iterations.ACCURACY);
    return accuracy == null ? Double.NaN : accuracy;
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of("run", "started", "iterations", "accuracy", "mean tokens", "0 to 100%");
  }

  /** One row a run. */
  public List<List<String>> rows() {
    return runs.stream().map(RunList::row).toList();
  }

  private static List<String> row(Run run) {
    int finished = run.accuracy().size();
    double[] accuracy = run.accuracy().stream().mapToDouble(Double::doubleValue).toArray();
    return List.of(
        run.name(),
        run.started().truncatedTo(ChronoUnit.SECONDS).toString(),
        Integer.toString(finished),
        Figures.percent(finished == 0 ? Double.NaN : accuracy[finished - 1]),
        Figures.fixed(run.meanTokens(), 1),
        Sparkline.of(accuracy, 0, 1, WIDE));
  }
}
