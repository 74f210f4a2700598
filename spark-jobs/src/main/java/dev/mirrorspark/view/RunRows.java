package dev.mirrorspark.view;

import dev.mirrorspark.report.RunFigures;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The rows of one run in the small tables. */
final class RunRows {
  private RunRows() {}

  /** Its finished iterations, in their order; what is a map in the table is empty here. */
  static List<Metrics> iterations(Moment moment, String run) {
    return sorted(
        moment.table(Iterations.TABLE).rowsOfLog(RowFilter.ofRun(run)).stream()
            .map(Metrics::from)
            .toList());
  }

  /** One of its iterations, whole. */
  static Optional<Metrics> iteration(Moment moment, String run, int iteration) {
    return moment.table(Iterations.TABLE).rows(RowFilter.ofRun(run).iteration(iteration)).stream()
        .map(Metrics::from)
        .findFirst();
  }

  private static List<Metrics> sorted(List<Metrics> rows) {
    List<Metrics> sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparingInt(Metrics::iteration));
    return sorted;
  }

  /**
   * What its charts show.
   *
   * @param most points of a line at most: of more iterations some are left out, evenly
   * @param whole whether maps are needed, which takes reading each file
   */
  static RunFigures figures(Moment moment, String run, int most, boolean whole) {
    List<Metrics> rows = thinned(iterations(moment, run), most);
    if (whole) {
      rows = rows.stream().map(row -> iteration(moment, run, row.iteration()).orElse(row)).toList();
    }
    return new RunFigures(run, rows, List.of(), List.of(), List.of());
  }

  private static <T> List<T> thinned(List<T> rows, int most) {
    if (rows.size() <= most) {
      return rows;
    }
    List<T> some = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      some.add(rows.get((int) ((long) i * (rows.size() - 1) / (most - 1))));
    }
    return some;
  }

  /** Some versions of its policy. */
  static List<Policy> policies(Moment moment, String run, Set<Integer> versions) {
    var table = moment.table(Policies.TABLE);
    var number = table.schema(Policies.VERSION);
    var whole = table.schema();
    List<Policy> found = new ArrayList<>();
    for (DataFile file : table.files(RowFilter.ofRun(run))) {
      var known = file.rowOfLog(number).map(row -> row.<Integer>getAs(Policies.VERSION));
      if (known.isEmpty() || versions.contains(known.get())) {
        table.read(
            file,
            RowFilter.ofRun(run),
            List.of(whole.fieldNames()),
            row -> {
              if (versions.contains(row.number(Policies.VERSION))) {
                found.add(Policy.from(row.row(whole)));
              }
              return true;
            });
      }
    }
    return found;
  }

  /** The folders of some versions, with their weights and tokenizers. */
  static Map<Integer, String> folders(Moment moment, String run, Set<Integer> versions) {
    return policies(moment, run, versions).stream()
        .collect(Collectors.toMap(Policy::version, Policy::checkpoint, (a, b) -> b));
  }

  static List<Evals.Result> evals(Moment moment, String run) {
    return moment.table(Evals.TABLE).rows(RowFilter.ofRun(run)).stream()
        .map(Evals.Result::from)
        .toList();
  }
}
