package dev.mirrorspark.view;

import dev.mirrorspark.report.Figures;
import dev.mirrorspark.report.Sparkline;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import java.sql.Timestamp;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/** The runs of the warehouse, the one that was started last first. */
final class RunsView implements View {
  private static final int WIDE = 24;

  @Override
  public Page page(PageRequest request) {
    Map<String, List<Row>> iterations = new HashMap<>();
    request
        .moment()
        .table(Iterations.TABLE)
        .rowsOfLog(
            RowFilter.ALL,
            TableSchema.RUN,
            Iterations.ITERATION,
            Iterations.ACCURACY,
            Iterations.MEAN_TOKENS,
            Iterations.FINISHED_AT)
        .forEach(
            row ->
                iterations
                    .computeIfAbsent(row.getAs(TableSchema.RUN), run -> new ArrayList<>())
                    .add(row));
    iterations
        .values()
        .forEach(rows -> rows.sort(Comparator.comparing(row -> row.getAs(Iterations.ITERATION))));
    var runs =
        request
            .moment()
            .table(Runs.TABLE)
            .rowsOfLog(RowFilter.ALL, TableSchema.RUN, Runs.STARTED_AT)
            .stream()
            .sorted(
                Comparator.comparing((Row row) -> row.<Timestamp>getAs(Runs.STARTED_AT))
                    .reversed()
                    .thenComparing(row -> row.<String>getAs(TableSchema.RUN)))
            .toList();
    List<List<?>> rows = new ArrayList<>();
    for (Row run : runs) {
      String name = run.getAs(TableSchema.RUN);
      rows.add(row(request, run, iterations.getOrDefault(name, List.of())));
    }
    Html body =
        runs.isEmpty()
            ? Html.el("p", "No run has been started in this warehouse.")
            : Html.el(
                "form",
                Html.attribute("action", "/compare"),
                request.pinned() ? Page.hidden("at", request.moment().name()) : Html.all(),
                Html.table(
                    "Runs",
                    List.of(
                        "compare",
                        "run",
                        "started",
                        "iterations",
                        "last finished",
                        "accuracy",
                        "mean tokens",
                        "accuracy, 0 to 100%"),
                    rows),
                Html.el("p", Html.el("button", "Compare the chosen runs")));
    return new Page("Runs", List.of(Html.el("span", "Runs")), body);
  }

  private static List<?> row(PageRequest request, Row run, List<Row> iterations) {
    String name = run.getAs(TableSchema.RUN);
    double[] accuracy =
        iterations.stream().mapToDouble(row -> orNaN(row, Iterations.ACCURACY)).toArray();
    var last = iterations.isEmpty() ? null : iterations.get(iterations.size() - 1);
    return List.of(
        Html.el(
            "input",
            Html.attribute("type", "checkbox"),
            Html.attribute("name", "run"),
            Html.attribute("value", name),
            Html.attribute("aria-label", "compare " + name)),
        Html.link(request.link("/run").with("run", name), name),
        time(run.getAs(Runs.STARTED_AT)),
        iterations.size(),
        last == null ? "–" : time(last.getAs(Iterations.FINISHED_AT)),
        Figures.percent(last == null ? Double.NaN : accuracy[accuracy.length - 1]),
        Figures.fixed(last == null ? Double.NaN : orNaN(last, Iterations.MEAN_TOKENS), 1),
        Html.el(
            "span",
            Html.style("spark"),
            Html.attribute("aria-hidden", "true"),
            Sparkline.of(accuracy, 0, 1, WIDE)));
  }

  private static double orNaN(Row row, String column) {
    Double value = row.getAs(column);
    return value == null ? Double.NaN : value;
  }

  private static String time(Timestamp time) {
    return time.toInstant().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
