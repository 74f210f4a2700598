package dev.mirrorspark.eval;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.eval.PairedComparison.Pair;
import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/** Finds the evaluations in table {@code eval_results} that two policies have in common. */
public final class PairedEvaluations {

  /** A policy version of a run. */
  public record Side(String run, int version) {
    @Override
    public String toString() {
      return "policy %d of run %s".formatted(version, run);
    }
  }

  /**
   * A way of evaluating: two policies compare where they were evaluated in the same way.
   *
   * @param mode {@code greedy} or {@code sampling}
   * @param problems number of problems
   * @param samples responses a problem
   */
  public record Way(String mode, double temperature, int problems, int samples) {
    private static final Comparator<Way> ORDER =
        Comparator.comparing(Way::mode)
            .thenComparingDouble(Way::temperature)
            .thenComparingInt(Way::samples)
            .thenComparingInt(Way::problems);

    @Override
    public String toString() {
      return "%s at temperature %s, %d problems, %d samples"
          .formatted(mode, temperature, problems, samples);
    }
  }

  private record Counts(int right, int judged) {}

  private PairedEvaluations() {}

  /**
   * Compares two policies on the problems of a split, once for each way in which both were
   * evaluated.
   *
   * @throws UserError if there is no such way, or no problem was judged for both
   */
  public static Map<Way, PairedComparison> compare(
      Warehouse warehouse, String dataset, String split, Side baseline, Side policy) {
    var of = read(warehouse, dataset, split, baseline);
    var other = read(warehouse, dataset, split, policy);
    Map<Way, PairedComparison> comparisons = new LinkedHashMap<>();
    of.forEach(
        (way, counts) -> {
          List<Pair> pairs = pairs(counts, other.getOrDefault(way, Map.of()));
          if (!pairs.isEmpty()) {
            comparisons.put(way, PairedComparison.of(pairs));
          }
        });
    if (comparisons.isEmpty()) {
      throw new UserError(
          "eval_results on %s of data set %s: %s has %s, %s has %s: nothing to pair; run eval --policy VERSION for both, with the same keys"
              .formatted(split, dataset, baseline, ways(of), policy, ways(other)));
    }
    return comparisons;
  }

  private static List<Pair> pairs(Map<String, Counts> baseline, Map<String, Counts> policy) {
    List<Pair> pairs = new ArrayList<>();
    baseline.forEach(
        (prompt, one) -> {
          var two = policy.get(prompt);
          if (two != null && one.judged() > 0 && two.judged() > 0) {
            pairs.add(new Pair(one.right(), one.judged(), two.right(), two.judged()));
          }
        });
    return pairs;
  }

  private static String ways(Map<Way, Map<String, Counts>> evaluations) {
    return evaluations.isEmpty()
        ? "none"
        : evaluations.keySet().stream().map(Way::toString).collect(Collectors.joining("; "));
  }

  private static Map<Way, Map<String, Counts>> read(
      Warehouse warehouse, String dataset, String split, Side side) {
    List<Row> rows =
        warehouse
            .read(EvalResults.TABLE)
            .where(col(TableSchema.RUN).equalTo(side.run()))
            .where(col(EvalResults.POLICY_VERSION).equalTo(side.version()))
            .where(col(EvalResults.DATASET).equalTo(dataset))
            .where(col(EvalResults.SPLIT).equalTo(split))
            .groupBy(
                EvalResults.MODE,
                EvalResults.TEMPERATURE,
                EvalResults.PROBLEMS,
                EvalResults.SAMPLES,
                EvalResults.PROMPT_ID)
            .agg(
                sum(col(EvalResults.CORRECT).cast("int")).as("right"),
                count(EvalResults.CORRECT).as("judged"))
            .collectAsList();
    Map<Way, Map<String, Counts>> evaluations = new TreeMap<>(Way.ORDER);
    for (Row row : rows) {
      var way =
          new Way(
              row.getAs(EvalResults.MODE),
              row.getAs(EvalResults.TEMPERATURE),
              row.getAs(EvalResults.PROBLEMS),
              row.getAs(EvalResults.SAMPLES));
      int judged = row.<Long>getAs("judged").intValue();
      int right = judged == 0 ? 0 : row.<Long>getAs("right").intValue();
      // By prompt, so that the draws of the bootstrap do not depend on the order of the rows.
      evaluations
          .computeIfAbsent(way, any -> new TreeMap<>())
          .put(row.getAs(EvalResults.PROMPT_ID), new Counts(right, judged));
    }
    return evaluations;
  }
}
