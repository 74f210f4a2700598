package dev.mirrorspark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.table.Evals;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class EvaluationTablesTest {
  private static final Evals.AtK ONCE = atK(1, 0.5, 0.4, 0.6, 0.5, 0.4, 0.6);
  private static final Evals.AtK FOUR = atK(4, 0.9, 0.8, 1, 0.7, 0.6, 0.8);

  @Test
  void severalTriesStandBesideAndBelow() {
    var tables =
        new EvaluationTables(
            List.of(
                eval(OptionalInt.empty(), Optional.empty(), 4, List.of(ONCE, FOUR)),
                eval(OptionalInt.of(3), Optional.empty(), 4, List.of(ONCE)),
                eval(OptionalInt.empty(), Optional.of("chain"), 4, List.of(ONCE, FOUR))));
    assertEquals("policy 7 on set, heldout temperature 1.0, 4 responses a problem", tables.title());
    assertEquals(
        List.of("problems", "number", "pass@1", "95% interval", "mean tokens", "pass@4", "maj@4"),
        tables.header());
    String interval = "40.0% to 60.0%";
    assertEquals(
        List.of(
            List.of("all", "20", "50.0%", interval, "63.5", "90.0%", "70.0%"),
            List.of("level 3", "20", "50.0%", interval, "63.5", "–", "–"),
            List.of("domain chain", "20", "50.0%", interval, "63.5", "90.0%", "70.0%")),
        tables.rows());
    assertEquals(
        List.of("4", "90.0%", "80.0% to 100.0%", "70.0%", "60.0% to 80.0%"),
        tables.triesRows().get(1));
  }

  @Test
  void rowsOfOlderVersionsHaveNoTries() {
    var tables =
        new EvaluationTables(List.of(eval(OptionalInt.empty(), Optional.empty(), 1, List.of())));
    assertEquals(5, tables.header().size());
    assertEquals(5, tables.rows().get(0).size());
    assertEquals(List.of(), tables.triesRows());
  }

  @Test
  void smallPValuesAreNotZero() {
    assertEquals("0.039", Figures.pValue(0.0390625));
    assertEquals("1.000", Figures.pValue(1));
    assertEquals("3.0e-06", Figures.pValue(3.02e-6));
  }

  private static Evals.Result eval(
      OptionalInt level, Optional<String> domain, int samples, List<Evals.AtK> atK) {
    return new Evals.Result(
        "run",
        7,
        "set",
        "heldout",
        "sampling",
        1,
        level,
        20,
        samples,
        0.5,
        0.4,
        0.6,
        63.5,
        4,
        domain,
        atK);
  }

  private static Evals.AtK atK(int k, double... figures) {
    return new Evals.AtK(
        k,
        figures[0],
        figures[1],
        figures[2],
        Optional.of(new Evals.Majority(figures[3], figures[4], figures[5])));
  }
}
