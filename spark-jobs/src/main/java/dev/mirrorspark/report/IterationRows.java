package dev.mirrorspark.report;

import dev.mirrorspark.table.Iterations.Metrics;
import java.util.List;

/** The iterations of a run as a table of figures. */
public record IterationRows(List<Metrics> iterations) {

  public IterationRows {
    iterations = List.copyOf(iterations);
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of(
        "iteration",
        "accuracy",
        "mean tokens",
        "kept",
        "loss",
        "|g|",
        "KL",
        "entropy",
        "tokens/s",
        "seconds");
  }

  /** One row an iteration. */
  public List<List<String>> rows() {
    return iterations.stream().map(IterationRows::row).toList();
  }

  private static List<String> row(Metrics row) {
    return List.of(
        Integer.toString(row.iteration()),
        Figures.percent(row.accuracy()),
        Figures.fixed(row.meanTokens(), 1),
        Figures.percent(row.keptFraction()),
        Figures.fixed(row.loss(), 4),
        Figures.fixed(row.gradNorm(), 3),
        Figures.fixed(row.klEstimate(), 4),
        Figures.fixed(row.entropy(), 3),
        Figures.fixed(row.tokensPerSecond(), 0),
        Figures.fixed(row.seconds(), 1));
  }
}
