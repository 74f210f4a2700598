package dev.mirrorspark.testgen;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;

import dev.mirrorspark.table.TestProblems;
import dev.mirrorspark.testgen.ProblemDecision.Outcome;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How many problems are left after each stage (the paper's: 1,000, 614 without a special judge, 463
 * with enough valid cases, 323 kept).
 */
public final class Yields {
  /** Names of the columns of {@link #rows}. */
  public static final List<String> HEADER = List.of("stage", "problems", "of all");

  private static final Map<Outcome, String> PASSED =
      new EnumMap<>(
          Map.of(
              Outcome.SPECIAL_JUDGE, "that need no special judge",
              Outcome.FEW_SUBMISSIONS, "with enough submissions",
              Outcome.GENERATOR, "with a generator of enough different inputs",
              Outcome.CASES, "with enough valid cases",
              Outcome.SUBMISSIONS, "kept: enough submissions pass them"));

  private Yields() {}

  /**
   * One row a stage.
   *
   * @param problems rows of {@code test_problems}, of one run
   */
  public static List<List<String>> rows(Dataset<Row> problems) {
    Map<Outcome, Long> dropped = new EnumMap<>(Outcome.class);
    long all = 0;
    for (Row row :
        problems.groupBy(col(TestProblems.OUTCOME)).agg(count("*").as("rows")).collectAsList()) {
      String outcome = row.getAs(TestProblems.OUTCOME);
      long rows = row.getAs("rows");
      dropped.put(Outcome.valueOf(outcome.toUpperCase(Locale.ROOT)), rows);
      all += rows;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("problems", all, all));
    long left = all;
    for (var stage : PASSED.entrySet()) {
      left -= dropped.getOrDefault(stage.getKey(), 0L);
      rows.add(row(stage.getValue(), left, all));
    }
    return rows;
  }

  private static List<String> row(String stage, long left, long all) {
    return List.of(
        stage,
        String.format(Locale.ROOT, "%,d", left),
        all == 0 ? "–" : String.format(Locale.ROOT, "%.1f%%", 100.0 * left / all));
  }
}
