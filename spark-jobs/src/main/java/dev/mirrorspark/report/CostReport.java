package dev.mirrorspark.report;

import dev.mirrorspark.table.Iterations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the time of a run's iterations went: seconds by stage, and the share that was Spark and
 * Delta and not model arithmetic.
 *
 * @param iterations iterations counted
 * @param secondsPerIteration mean seconds of an iteration
 * @param stages the stages, the longest first; what no stage claims comes last, as {@code between}
 */
public record CostReport(int iterations, double secondsPerIteration, List<Stage> stages) {
  private static final String BETWEEN = "between stages";

  /**
   * One stage.
   *
   * @param seconds mean seconds of an iteration
   * @param modelSeconds of these, seconds of model arithmetic
   */
  public record Stage(String name, double seconds, double modelSeconds) {}

  public CostReport {
    stages = List.copyOf(stages);
  }

  /** The report on finished iterations, one at least. */
  public static CostReport of(List<Iterations.Metrics> rows) {
    Map<String, Double> seconds = new TreeMap<>();
    Map<String, Double> modelSeconds = new TreeMap<>();
    double total = 0;
    for (var row : rows) {
      total += row.seconds();
      row.secondsByStage().forEach((stage, value) -> seconds.merge(stage, value, Double::sum));
      row.modelSecondsByStage()
          .forEach((stage, value) -> modelSeconds.merge(stage, value, Double::sum));
    }
    modelSeconds.keySet().forEach(stage -> seconds.putIfAbsent(stage, 0.0));
    List<Stage> stages = new ArrayList<>();
    int count = rows.size();
    seconds.forEach(
        (stage, value) ->
            stages.add(
                new Stage(stage, value / count, modelSeconds.getOrDefault(stage, 0.0) / count)));
    stages.sort(Comparator.comparingDouble(Stage::seconds).reversed());
    double claimed = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    stages.add(new Stage(BETWEEN, Math.max(0, total - claimed) / count, 0));
    return new CostReport(count, total / count, stages);
  }

  /** Share of the time that was not model arithmetic: 1 − Σ model seconds / Σ seconds. */
  public double overhead() {
    return 1 - modelSeconds() / secondsPerIteration;
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of("stage", "seconds", "share", "model", "Spark and Delta");
  }

  /** One row a stage and one for the whole iteration. */
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    stages.forEach(stage -> rows.add(row(stage)));
    rows.add(row(new Stage("iteration", secondsPerIteration, modelSeconds())));
    return rows;
  }

  /** The verdict in one line. */
  public String verdict() {
    return String.format(
        Locale.ROOT,
        "%.1f%% of the time is Spark and Delta and not model arithmetic (%d iterations)",
        100 * overhead(),
        iterations);
  }

  private double modelSeconds() {
    return stages.stream().mapToDouble(Stage::modelSeconds).sum();
  }

  private List<String> row(Stage stage) {
    return List.of(
        stage.name(),
        Figures.fixed(stage.seconds(), 3),
        Figures.percent(stage.seconds() / secondsPerIteration),
        Figures.fixed(stage.modelSeconds(), 3),
        Figures.fixed(stage.seconds() - stage.modelSeconds(), 3));
  }
}
