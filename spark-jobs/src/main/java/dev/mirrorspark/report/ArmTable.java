package dev.mirrorspark.report;

import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the arms of an experiment came to: means over the complete runs of each, with 95% intervals,
 * and the difference to the first arm, paired by seed.
 *
 * @param arms names of the arms, in the order in which they are shown
 * @param trials their runs
 */
public record ArmTable(List<String> arms, List<Trial> trials) {
  private static final String NONE = "–";

  public ArmTable {
    arms = List.copyOf(arms);
    trials = List.copyOf(trials);
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of(
        "arm",
        "seeds",
        "before, %",
        "greedy, %",
        "sampling, %",
        "mean tokens",
        "tokens sampled",
        "time",
        "greedy − first",
        "sampling − first");
  }

  /** One row an arm. */
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (String arm : arms) {
      List<Trial> complete = complete(arm);
      boolean first = arm.equals(arms.get(0));
      rows.add(
          List.of(
              arm,
              Integer.toString(complete.size()),
              mean(complete, trial -> accuracy(trial.start(Evals.SAMPLING))).text(1),
              mean(complete, trial -> accuracy(trial.last(Evals.GREEDY))).text(1),
              mean(complete, trial -> accuracy(trial.last(Evals.SAMPLING))).text(1),
              mean(complete, ArmTable::tokens).text(1),
              Figures.fixed(
                  mean(complete, t -> Optional.of(t.total(Iterations.Metrics::rolloutTokens)))
                      .mean(),
                  0),
              time(complete),
              first ? NONE : difference(arm, Evals.GREEDY).signed(1),
              first ? NONE : difference(arm, Evals.SAMPLING).signed(1)));
    }
    return rows;
  }

  /**
   * Accuracy of an arm less that of the first arm, in percentage points, over the seeds that both
   * have complete.
   */
  MeanInterval difference(String arm, String mode) {
    List<Trial> others = complete(arms.get(0));
    return mean(
        complete(arm),
        trial ->
            others.stream()
                .filter(other -> other.seed() == trial.seed())
                .findFirst()
                .flatMap(other -> accuracy(other.last(mode)))
                .flatMap(other -> accuracy(trial.last(mode)).map(own -> own - other)));
  }

  private List<Trial> complete(String arm) {
    return trials.stream()
        .filter(trial -> trial.arm().equals(arm) && trial.complete())
        .sorted(Comparator.comparingLong(Trial::seed))
        .toList();
  }

  private static MeanInterval mean(List<Trial> trials, Function<Trial, Optional<Double>> value) {
    return MeanInterval.of(
        trials.stream().map(value).flatMap(Optional::stream).mapToDouble(v -> v).toArray());
  }

  private static Optional<Double> accuracy(Optional<Evals.Result> eval) {
    return eval.map(result -> 100 * result.passAt1());
  }

  private static Optional<Double> tokens(Trial trial) {
    return trial.last(Evals.SAMPLING).map(Evals.Result::meanTokens);
  }

  private static String time(List<Trial> trials) {
    var seconds = mean(trials, trial -> Optional.of(trial.total(Iterations.Metrics::seconds)));
    return seconds.n() == 0 ? NONE : Progress.duration(seconds.mean());
  }
}
