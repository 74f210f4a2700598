package dev.mirrorspark.report;

import dev.mirrorspark.table.Iterations;
import java.time.Instant;
import java.util.Map;

/** Rows of table {@code iterations} for the tests of reports. */
final class ReportRows {
  private ReportRows() {}

  static Iterations.Metrics iteration(
      int iteration,
      double accuracy,
      double meanTokens,
      double seconds,
      Map<String, Double> secondsByStage,
      Map<String, Double> modelSecondsByStage) {
    return new Iterations.Metrics(
        "run",
        iteration,
        iteration,
        128,
        1024,
        accuracy,
        0,
        meanTokens,
        192,
        Map.of("stop", 1024),
        0.5,
        Map.of(),
        0.1,
        1,
        0.01,
        0.3,
        1e-6,
        1e-5,
        1000,
        1000,
        0.1,
        5000,
        seconds,
        secondsByStage,
        modelSecondsByStage,
        Instant.EPOCH,
        Map.of(),
        0,
        Double.NaN,
        0.25,
        Double.NaN,
        Double.NaN);
  }
}
