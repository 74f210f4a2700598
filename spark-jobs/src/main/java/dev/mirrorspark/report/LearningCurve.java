package dev.mirrorspark.report;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Iterations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Accuracy and mean tokens of the scored responses, and entropy of the sampling, by iteration, for
 * one run or for several laid over each other.
 *
 * @param runs the runs in the order in which they are shown
 */
public record LearningCurve(List<Run> runs) {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;

  /** One run and its finished iterations. */
  public record Run(String name, List<Iterations.Metrics> iterations) {

    public Run {
      iterations =
          iterations.stream()
              .sorted(Comparator.comparingInt(Iterations.Metrics::iteration))
              .toList();
    }
  }

  public LearningCurve {
    runs = List.copyOf(runs);
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    List<String> header = new ArrayList<>(List.of("iteration"));
    for (var run : runs) {
      header.add(label(run, "accuracy"));
      header.add(label(run, "tokens"));
      header.add(label(run, "entropy"));
    }
    return header;
  }

  /** One row an iteration, with accuracy, mean tokens and entropy of every run. */
  public List<List<String>> rows() {
    SortedSet<Integer> iterations = new TreeSet<>();
    List<Map<Integer, Iterations.Metrics>> byRun = new ArrayList<>();
    for (var run : runs) {
      Map<Integer, Iterations.Metrics> metrics =
          run.iterations().stream()
              .collect(Collectors.toMap(Iterations.Metrics::iteration, row -> row));
      byRun.add(metrics);
      iterations.addAll(metrics.keySet());
    }
    List<List<String>> rows = new ArrayList<>();
    for (int iteration : iterations) {
      List<String> row = new ArrayList<>(List.of(Integer.toString(iteration)));
      for (var metrics : byRun) {
        boolean present = metrics.containsKey(iteration);
        row.add(present ? Figures.percent(metrics.get(iteration).accuracy()) : "–");
        row.add(present ? Figures.fixed(metrics.get(iteration).meanTokens(), 1) : "–");
        row.add(present ? Figures.fixed(metrics.get(iteration).entropy(), 3) : "–");
      }
      rows.add(row);
    }
    return rows;
  }

  /**
   * Draws the curves one below the other: accuracy, mean tokens, and entropy where a run has it.
   *
   * @param file the PNG file to write; its folder is made
   * @throws UserError if the file cannot be written
   */
  public void writePng(Path file) {
    var accuracy = chart("accuracy at the sampling temperature, %", row -> 100 * row.accuracy());
    accuracy.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
    List<XYChart> charts = new ArrayList<>(List.of(accuracy));
    charts.add(chart("mean tokens of a response", Iterations.Metrics::meanTokens));
    var entropy = chart("entropy of the sampling, nats a token", Iterations.Metrics::entropy);
    if (!entropy.getSeriesMap().isEmpty()) {
      entropy.getStyler().setYAxisDecimalPattern("0.00");
      charts.add(entropy);
    }
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      String name = file.toAbsolutePath().toString();
      BitmapEncoder.saveBitmap(charts, charts.size(), 1, name, BitmapFormat.PNG);
    } catch (IOException e) {
      throw new UserError(
          "%s: cannot be written (%s); name another file with --png"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private XYChart chart(String title, ToDoubleFunction<Iterations.Metrics> value) {
    var chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("iteration")
            .build();
    XYStyler style = chart.getStyler();
    style.setLegendPosition(LegendPosition.OutsideE).setChartTitleBoxVisible(false);
    style.setPlotGridVerticalLinesVisible(false).setYAxisDecimalPattern("#,##0");
    for (var run : runs) {
      var shown =
          run.iterations().stream().filter(row -> !Double.isNaN(value.applyAsDouble(row))).toList();
      if (!shown.isEmpty()) {
        chart
            .addSeries(
                run.name(),
                shown.stream().mapToDouble(Iterations.Metrics::iteration).toArray(),
                shown.stream().mapToDouble(value).toArray())
            .setMarker(SeriesMarkers.CIRCLE);
      }
    }
    return chart;
  }

  private String label(Run run, String what) {
    return runs.size() == 1 ? what : run.name() + " " + what;
  }
}
