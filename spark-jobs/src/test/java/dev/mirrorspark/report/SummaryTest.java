package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Policies;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SummaryTest {
  @Test
  void beforeAndAfterStandBelowEachOther() {
    var summary =
        new Summary(
            List.of(
                eval(21, Evals.SAMPLING, 1, OptionalInt.empty(), 0.81),
                eval(1, Evals.SAMPLING, 1, OptionalInt.empty(), 0.4),
                eval(1, Evals.SAMPLING, 1, OptionalInt.of(3), 0.2),
                eval(1, Evals.SAMPLING, 1, OptionalInt.empty(), 0.4, Optional.of("chain")),
                eval(1, Evals.GREEDY, 0, OptionalInt.empty(), 0.7)),
            List.of(
                policy(1, Policies.ProducedBy.SFT, OptionalInt.empty()),
                policy(21, Policies.ProducedBy.RL, OptionalInt.of(19))));
    String interval = "10.0% to 90.0%";
    assertEquals(
        List.of(
            List.of("1 (after the warm-up)", "greedy", "500 heldout", "70.0%", interval, "63.5"),
            List.of(
                "1 (after the warm-up)",
                "temperature 1.0",
                "500 heldout",
                "40.0%",
                interval,
                "63.5"),
            List.of(
                "21 (after 20 iterations)",
                "temperature 1.0",
                "500 heldout",
                "81.0%",
                interval,
                "63.5")),
        summary.rows());
  }

  private static Evals.Result eval(
      int version, String mode, double temperature, OptionalInt level, double passAt1) {
    return eval(version, mode, temperature, level, passAt1, Optional.empty());
  }

  private static Evals.Result eval(
      int version,
      String mode,
      double temperature,
      OptionalInt level,
      double passAt1,
      Optional<String> domain) {
    return new Evals.Result(
        "run",
        version,
        "set",
        "heldout",
        mode,
        temperature,
        level,
        500,
        1,
        passAt1,
        0.1,
        0.9,
        63.5,
        4,
        domain,
        List.of());
  }

  private static Policies.Policy policy(
      int version, Policies.ProducedBy producedBy, OptionalInt iteration) {
    return new Policies.Policy(
        "run",
        version,
        OptionalInt.of(version - 1),
        "folder",
        "0".repeat(64),
        producedBy,
        iteration,
        List.of(),
        Optional.empty());
  }
}
