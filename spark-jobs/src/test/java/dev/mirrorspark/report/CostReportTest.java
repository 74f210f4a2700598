package dev.mirrorspark.report;

import static dev.mirrorspark.report.ReportRows.iteration;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostReportTest {
  private final CostReport report =
      CostReport.of(
          List.of(
              iteration(
                  0,
                  0.4,
                  60,
                  10,
                  Map.of("rollout", 5.0, "update", 3.0, "commit", 1.0),
                  Map.of("rollout", 4.0, "update", 2.0)),
              iteration(
                  1,
                  0.5,
                  61,
                  14,
                  Map.of("rollout", 7.0, "update", 5.0, "commit", 1.0),
                  Map.of("rollout", 6.0, "update", 4.0))));

  @Test
  void theShareIsWhatNoModelArithmeticFilled() {
    assertEquals(1 - 16.0 / 24.0, report.overhead(), 1e-12);
    assertEquals(
        "33.3% of the time is Spark and Delta and not model arithmetic (2 iterations)",
        report.verdict());
  }

  @Test
  void stagesComeLongestFirstAndAddUp() {
    assertEquals(
        List.of(
            List.of("rollout", "6.000", "50.0%", "5.000", "1.000"),
            List.of("update", "4.000", "33.3%", "3.000", "1.000"),
            List.of("commit", "1.000", "8.3%", "0.000", "1.000"),
            List.of("between stages", "1.000", "8.3%", "0.000", "1.000"),
            List.of("iteration", "12.000", "100.0%", "8.000", "4.000")),
        report.rows());
  }
}
