package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.IterationRows;
import dev.mirrorspark.report.Picture;
import dev.mirrorspark.report.RunPictures;
import dev.mirrorspark.report.Summary;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Runs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** One run: its learning curves, evaluations, iterations and settings. */
final class RunView implements View {
  /** Iterations on a page. */
  private static final int LISTED = 50;

  @Override
  public Page page(PageRequest request) {
    String run = request.text("run");
    var moment = request.moment();
    List<Metrics> iterations = RunRows.iterations(moment, run);
    var settings = moment.table(Runs.TABLE).rows(RowFilter.ofRun(run), Runs.CONFIG);
    if (iterations.isEmpty() && settings.isEmpty()) {
      throw new UserError("there is no run " + run);
    }
    var body = Html.all();
    body.add(
        Html.el(
            "p",
            "%,d iterations finished. ".formatted(iterations.size()),
            Html.link(request.link("/search").with("run", run), "Its responses"),
            " · ",
            Html.link(request.link("/compare").with("run", run), "compare with another run")));
    evals(body, request, run);
    if (!iterations.isEmpty()) {
      body.add(Html.el("h2", "Learning"));
      body.add(charts(request, List.of(run), true));
      body.add(Html.el("h2", "Iterations"));
      body.add(list(request, run, iterations));
    }
    if (!settings.isEmpty()) {
      body.add(
          Html.el(
              "details",
              Html.el("summary", "Settings"),
              Html.el("pre", settings.get(0).<String>getAs(Runs.CONFIG))));
    }
    return new Page("Run " + run, path(request, Html.el("span", run)), body);
  }

  static List<Html> path(PageRequest request, Html... steps) {
    List<Html> path = new ArrayList<>();
    path.add(Html.link(request.link("/"), "Runs"));
    Collections.addAll(path, steps);
    return path;
  }

  private static void evals(Html body, PageRequest request, String run) {
    var evals = RunRows.evals(request.moment(), run);
    if (evals.isEmpty()) {
      return;
    }
    var versions = evals.stream().map(Evals.Result::policyVersion).collect(Collectors.toSet());
    var summary = new Summary(evals, RunRows.policies(request.moment(), run, versions));
    body.add(Html.el("h2", "Evaluations"));
    body.add(Html.table("Evaluations", summary.header(), summary.rows()));
  }

  /**
   * The charts of a run, or of several laid over each other.
   *
   * @param parts also those that one run alone can have
   */
  static Html charts(PageRequest request, List<String> runs, boolean parts) {
    List<Html> figures = new ArrayList<>();
    var curves =
        new RunPictures(
                runs.stream()
                    .map(run -> RunRows.figures(request.moment(), run, ChartImage.POINTS, false))
                    .toList())
            .curves();
    for (Picture picture : curves) {
      figures.add(chart(request, runs, picture.name(), picture.says()));
    }
    if (parts) {
      ChartImage.PARTS.forEach((name, says) -> figures.add(chart(request, runs, name, says)));
    }
    return Html.el("div", Html.style("pictures"), figures);
  }

  private static Html chart(PageRequest request, List<String> runs, String name, String says) {
    Link image = Link.to("/chart.svg").with("at", request.moment().name()).with("name", name);
    for (String run : runs) {
      image = image.with("run", run);
    }
    return Html.el(
        "figure",
        Html.el(
            "picture",
            Html.el(
                "source",
                Html.attribute("media", "(prefers-color-scheme: dark)"),
                Html.attribute("srcset", image.with("dark", 1))),
            Html.el(
                "img",
                Html.attribute("src", image),
                Html.attribute("alt", says),
                Html.attribute("width", 720),
                Html.attribute("height", 360),
                Html.attribute("loading", "lazy"))));
  }

  private static Html list(PageRequest request, String run, List<Metrics> iterations) {
    int newest = iterations.get(iterations.size() - 1).iteration();
    int before = request.number("before").orElse(newest + 1);
    List<Metrics> shown = new ArrayList<>(iterations);
    shown.removeIf(row -> row.iteration() >= before);
    int older = Math.max(0, shown.size() - LISTED);
    shown = new ArrayList<>(shown.subList(older, shown.size()));
    Collections.reverse(shown);
    var rows = new IterationRows(shown);
    List<List<?>> linked = new ArrayList<>();
    for (int i = 0; i < shown.size(); i++) {
      List<Object> cells = new ArrayList<>(rows.rows().get(i));
      int iteration = shown.get(i).iteration();
      cells.set(0, Html.link(iteration(request, run, iteration), iteration));
      linked.add(cells);
    }
    List<Html> neighbours = new ArrayList<>();
    if (before <= newest) {
      neighbours.add(Page.neighbour("prev", request.address().without("before"), "Newest"));
    }
    if (older > 0) {
      int from = shown.get(shown.size() - 1).iteration();
      neighbours.add(
          Page.neighbour(
              "next", request.address().replacing("before", from), "Before iteration " + from));
    }
    return Html.all(
        Html.table("Iterations, the newest first", rows.header(), linked),
        Page.neighbours(neighbours));
  }

  /** The page of an iteration. */
  static Link iteration(PageRequest request, String run, int iteration) {
    return request.link("/iteration").with("run", run).with("iteration", iteration);
  }
}
