package dev.mirrorspark.report;

import dev.mirrorspark.report.RunFigures.Length;
import dev.mirrorspark.report.RunFigures.Level;
import dev.mirrorspark.report.RunFigures.Spread;
import dev.mirrorspark.table.Iterations.Metrics;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The charts of one run, or of several laid over each other. */
public final class RunPictures {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 360;

  private final List<RunFigures> runs;

  public RunPictures(List<RunFigures> runs) {
    this.runs = List.copyOf(runs);
  }

  /** The learning curves: a line a run. */
  public List<Picture> curves() {
    var accuracy = curve("accuracy", "accuracy of the iteration's responses, %", percent());
    ((XYChart) accuracy.chart()).getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
    var all =
        List.of(
            accuracy,
            reward(),
            tokens(),
            curve("entropy", "entropy of the sampling, nats a token", Metrics::entropy),
            curve("kl", "KL divergence from the policy that sampled, nats", Metrics::klEstimate),
            curve("grad-norm", "gradient norm before clipping", Metrics::gradNorm),
            curve("loss", "mean loss of the steps", Metrics::loss),
            curve(
                "logprob-gap",
                "mean difference of log-probs, sampling and training, nats a token",
                Metrics::logprobGapMean),
            curve("kept", "responses that the gate kept, %", row -> 100 * row.keptFraction()),
            lengths());
    return all.stream().filter(picture -> !empty(picture)).toList();
  }

  /** What one run's iterations are made of. */
  public static List<Picture> parts(RunFigures run) {
    var pictures =
        List.of(
            stacked(
                run,
                "stop-reasons",
                "segments by stop reason, %",
                row -> shares(numbers(row.stopReasons()))),
            stacked(
                run,
                "gate-reasons",
                "responses that the gate rejected, by reason",
                row -> numbers(row.rejected())),
            stacked(run, "seconds", "seconds by stage", Metrics::secondsByStage),
            levels(run));
    return pictures.stream().filter(picture -> !empty(picture)).toList();
  }

  private static boolean empty(Picture picture) {
    return picture.chart().getSeriesMap().isEmpty();
  }

  private static ToDoubleFunction<Metrics> percent() {
    return row -> 100 * row.accuracy();
  }

  private Picture curve(String name, String title, ToDoubleFunction<Metrics> value) {
    var chart = chart(title, "iteration");
    for (int i = 0; i < runs.size(); i++) {
      var rows = runs.get(i).iterations();
      line(chart, runs.get(i).run(), i, rows, Metrics::iteration, value);
    }
    return new Picture(name, title, chart);
  }

  private Picture reward() {
    String title = "mean reward of a response";
    var chart = chart(title, "iteration");
    for (int i = 0; i < runs.size(); i++) {
      var run = runs.get(i);
      line(chart, run.run(), i, run.spread(), Spread::iteration, Spread::reward);
    }
    return new Picture("reward", title, chart);
  }

  /** Mean tokens in a band from the 5th to the 95th percentile. */
  private Picture tokens() {
    String title = "mean tokens of a response, and from 5th to 95th percentile";
    var chart = chart(title, "iteration");
    for (int i = 0; i < runs.size(); i++) {
      var run = runs.get(i);
      if (run.spread().size() > 1) {
        band(chart, run, i);
      }
      line(chart, run.run(), i, run.iterations(), Metrics::iteration, Metrics::meanTokens);
    }
    return new Picture("tokens", title, chart);
  }

  private static void band(XYChart chart, RunFigures run, int index) {
    QuestionChart.addBand(
        chart,
        "5th to 95th percentile of " + run.run(),
        run.spread().stream().map(spread -> (double) spread.iteration()).toList(),
        run.spread().stream().map(Spread::lowTokens).toList(),
        run.spread().stream().map(Spread::highTokens).toList(),
        colour(index));
  }

  private Picture lengths() {
    String title = "accuracy by length of the response, all iterations, %";
    var chart = chart(title, "tokens");
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
    for (int i = 0; i < runs.size(); i++) {
      var run = runs.get(i);
      line(
          chart,
          run.run(),
          i,
          run.lengths(),
          Length::tokens,
          length -> 100.0 * length.right() / length.judged());
    }
    return new Picture("length", title, chart);
  }

  private static Picture levels(RunFigures run) {
    String title = "accuracy by level of difficulty, %";
    var chart = chart(title, "iteration");
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
    int index = 0;
    for (int level : new TreeSet<>(run.levels().stream().map(Level::level).toList())) {
      var rows = run.levels().stream().filter(row -> row.level() == level).toList();
      line(
          chart,
          "level " + level,
          index++,
          rows,
          Level::iteration,
          row -> 100.0 * row.right() / row.judged());
    }
    return new Picture("levels-" + run.run(), title, chart);
  }

  private static Picture stacked(
      RunFigures run, String name, String title, Function<Metrics, Map<String, Double>> parts) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("iteration")
            .build();
    var style = chart.getStyler();
    style.setStacked(true).setLegendPosition(LegendPosition.OutsideE);
    style.setChartTitleBoxVisible(false).setChartBackgroundColor(Color.WHITE);
    style.setPlotGridVerticalLinesVisible(false).setXAxisMaxLabelCount(20);
    var keys = new TreeSet<String>();
    run.iterations().forEach(row -> keys.addAll(parts.apply(row).keySet()));
    var x = run.iterations().stream().map(Metrics::iteration).toList();
    int index = 0;
    for (String key : keys) {
      var y =
          run.iterations().stream().map(row -> parts.apply(row).getOrDefault(key, 0.0)).toList();
      chart.addSeries(key, x, y).setFillColor(colour(index++));
    }
    return new Picture(name + "-" + run.run(), title, chart);
  }

  private static Map<String, Double> numbers(Map<String, Integer> counts) {
    Map<String, Double> numbers = new TreeMap<>();
    counts.forEach((key, count) -> numbers.put(key, count.doubleValue()));
    return numbers;
  }

  private static Map<String, Double> shares(Map<String, Double> numbers) {
    double all = numbers.values().stream().mapToDouble(Double::doubleValue).sum();
    numbers.replaceAll((key, number) -> 100 * number / all);
    return numbers;
  }

  private static XYChart chart(String title, String x) {
    var chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle(x).build();
    var style = chart.getStyler();
    style.setLegendPosition(LegendPosition.OutsideE).setChartTitleBoxVisible(false);
    style.setPlotGridVerticalLinesVisible(false).setChartBackgroundColor(Color.WHITE);
    style.setXAxisDecimalPattern("#,##0");
    return chart;
  }

  private static <T> void line(
      XYChart chart,
      String name,
      int index,
      List<T> rows,
      ToDoubleFunction<T> x,
      ToDoubleFunction<T> y) {
    var shown = rows.stream().filter(row -> Double.isFinite(y.applyAsDouble(row))).toList();
    if (!shown.isEmpty()) {
      chart
          .addSeries(
              name,
              shown.stream().mapToDouble(x).toArray(),
              shown.stream().mapToDouble(y).toArray())
          .setMarker(SeriesMarkers.CIRCLE)
          .setMarkerColor(colour(index))
          .setLineColor(colour(index))
          .setLineStyle(new BasicStroke(2f));
    }
  }

  private static Color colour(int index) {
    return QuestionChart.COLOURS.get(index % QuestionChart.COLOURS.size());
  }
}
