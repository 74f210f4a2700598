package dev.mirrorspark.view;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Figures;
import dev.mirrorspark.report.Summary;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/** Runs compared: curves over each other, iteration by iteration, and how their settings differ. */
final class CompareView implements View {
  /** Runs that are compared at most. */
  static final int MOST = 6;

  private static final int LISTED = 50;

  @Override
  public Page page(PageRequest request) {
    List<String> runs = request.all("run").stream().distinct().toList();
    if (runs.size() < 2) {
      return choice(request, runs);
    }
    if (runs.size() > MOST) {
      throw new UserError("run=…: %d runs are compared at most".formatted(MOST));
    }
    Map<String, List<Metrics>> rows = new LinkedHashMap<>();
    for (String run : runs) {
      var iterations = RunRows.iterations(request.moment(), run);
      if (iterations.isEmpty()) {
        throw new UserError("run %s has no finished iteration".formatted(run));
      }
      rows.put(run, iterations);
    }
    var body = Html.all(Html.el("h2", "Learning"), RunView.charts(request, runs, false));
    body.add(Html.el("h2", "Iterations"));
    body.add(iterations(request, rows));
    evals(body, request, runs);
    body.add(Html.el("h2", "Settings that differ"));
    body.add(settings(request, runs));
    return new Page(
        String.join(" and ", runs), RunView.path(request, Html.el("span", "comparison")), body);
  }

  private static Page choice(PageRequest request, List<String> chosen) {
    var names =
        request.moment().table(Runs.TABLE).rowsOfLog(RowFilter.ALL, TableSchema.RUN).stream()
            .map(row -> row.<String>getAs(TableSchema.RUN))
            .sorted()
            .toList();
    List<Html> boxes = new ArrayList<>();
    for (String name : names) {
      List<Object> box =
          new ArrayList<>(
              List.of(
                  Html.attribute("type", "checkbox"),
                  Html.attribute("name", "run"),
                  Html.attribute("value", name)));
      if (chosen.contains(name)) {
        box.add(Html.attribute("checked", "checked"));
      }
      boxes.add(Html.el("li", Html.el("label", Html.el("input", box.toArray()), " " + name)));
    }
    return new Page(
        "Compare runs",
        RunView.path(request, Html.el("span", "comparison")),
        Html.el(
            "form",
            Html.attribute("action", "/compare"),
            request.pinned() ? Page.hidden("at", request.moment().name()) : Html.all(),
            Html.el("p", "Choose 2 to %d runs.".formatted(MOST)),
            Html.el("ul", boxes),
            Html.el("button", "Compare")));
  }

  private static Html iterations(PageRequest request, Map<String, List<Metrics>> runs) {
    TreeMap<Integer, Map<String, Metrics>> byIteration = new TreeMap<>();
    runs.forEach(
        (run, rows) ->
            rows.forEach(
                row ->
                    byIteration
                        .computeIfAbsent(row.iteration(), key -> new LinkedHashMap<>())
                        .put(run, row)));
    int before = request.number("before").orElse(Integer.MAX_VALUE);
    List<Integer> shown =
        byIteration.headMap(before, false).descendingKeySet().stream().limit(LISTED).toList();
    List<String> header = new ArrayList<>(List.of("iteration"));
    for (String figure : List.of("accuracy", "mean tokens", "entropy")) {
      runs.keySet().forEach(run -> header.add(figure + " of " + run));
    }
    List<List<?>> rows = new ArrayList<>();
    for (int iteration : shown) {
      var found = byIteration.get(iteration);
      List<Object> row = new ArrayList<>(List.of(iteration));
      for (String run : runs.keySet()) {
        row.add(
            found.containsKey(run)
                ? Html.link(
                    RunView.iteration(request, run, iteration),
                    Figures.percent(found.get(run).accuracy()))
                : "–");
      }
      for (String run : runs.keySet()) {
        row.add(found.containsKey(run) ? Figures.fixed(found.get(run).meanTokens(), 1) : "–");
      }
      for (String run : runs.keySet()) {
        row.add(found.containsKey(run) ? Figures.fixed(found.get(run).entropy(), 3) : "–");
      }
      rows.add(row);
    }
    List<Html> neighbours = new ArrayList<>();
    if (before <= byIteration.lastKey()) {
      neighbours.add(Page.neighbour("prev", request.address().without("before"), "Newest"));
    }
    if (!shown.isEmpty() && shown.get(shown.size() - 1) > byIteration.firstKey()) {
      int last = shown.get(shown.size() - 1);
      neighbours.add(
          Page.neighbour(
              "next", request.address().replacing("before", last), "Before iteration " + last));
    }
    return Html.all(
        Html.table("Iterations, the newest first", header, rows), Page.neighbours(neighbours));
  }

  private static void evals(Html body, PageRequest request, List<String> runs) {
    List<List<?>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>();
    for (String run : runs) {
      var evals = RunRows.evals(request.moment(), run);
      var versions = evals.stream().map(Evals.Result::policyVersion).collect(Collectors.toSet());
      var summary = new Summary(evals, RunRows.policies(request.moment(), run, versions));
      header = summary.header();
      summary
          .rows()
          .forEach(
              row -> {
                List<Object> cells = new ArrayList<>(List.of(run));
                cells.addAll(row);
                rows.add(cells);
              });
    }
    if (!rows.isEmpty()) {
      List<String> named = new ArrayList<>(List.of("run"));
      named.addAll(header);
      body.add(Html.el("h2", "Evaluations"));
      body.add(Html.table("Evaluations", named, rows));
    }
  }

  /** The lines of the settings that not all runs have. */
  private static Html settings(PageRequest request, List<String> runs) {
    Map<String, Map<String, String>> byKey = new LinkedHashMap<>();
    for (String run : runs) {
      for (Row row : request.moment().table(Runs.TABLE).rows(RowFilter.ofRun(run), Runs.CONFIG)) {
        RunFile.values(row.<String>getAs(Runs.CONFIG))
            .forEach(
                (key, value) ->
                    byKey.computeIfAbsent(key, name -> new LinkedHashMap<>()).put(run, value));
      }
    }
    List<List<?>> rows = new ArrayList<>();
    byKey.forEach(
        (key, values) -> {
          boolean same =
              values.size() == runs.size() && values.values().stream().distinct().count() == 1;
          if (!same && !key.equals("run")) {
            List<Object> row = new ArrayList<>(List.of(key));
            runs.forEach(run -> row.add(values.getOrDefault(run, "–")));
            rows.add(row);
          }
        });
    List<String> header = new ArrayList<>(List.of("setting"));
    header.addAll(runs);
    return rows.isEmpty()
        ? Html.el("p", "None.")
        : Html.table("Settings that differ", header, rows);
  }
}
