package dev.mirrorspark.report;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Trial.Point;
import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Accuracy against the length of responses (Kimi k1.5, figure 6): of each arm a point for every
 * policy measured, and the straight line that fits them best by least squares.
 *
 * @param y accuracy of what
 * @param arms of each arm the points of each seed, in the order in which they are shown
 */
public record LengthChart(String title, String y, Map<String, List<List<Point>>> arms) {
  public LengthChart {
    arms = Collections.unmodifiableMap(new LinkedHashMap<>(arms));
  }

  /** Whether an arm has a point. */
  public boolean hasPoints() {
    return arms.values().stream().flatMap(List::stream).anyMatch(points -> !points.isEmpty());
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of("arm", "seeds", "slope, points for 10 tokens", "r of all points");
  }

  /** One row an arm: the mean slope of its seeds with its 95% interval. */
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (var arm : arms.entrySet()) {
      double[] slopes =
          arm.getValue().stream()
              .map(LengthChart::fit)
              .mapToDouble(fit -> 10 * fit.getSlope())
              .filter(slope -> !Double.isNaN(slope))
              .toArray();
      rows.add(
          List.of(
              arm.getKey(),
              Integer.toString(slopes.length),
              MeanInterval.of(slopes).signed(1),
              Figures.fixed(fit(all(arm.getValue())).getR(), 2)));
    }
    return rows;
  }

  private static List<Point> all(List<List<Point>> seeds) {
    return seeds.stream().flatMap(List::stream).toList();
  }

  private static SimpleRegression fit(List<Point> points) {
    var fit = new SimpleRegression();
    points.forEach(point -> fit.addData(point.x(), point.y()));
    return fit;
  }

  /**
   * Draws the picture.
   *
   * @param file the PNG file to write; its folder is made
   * @throws UserError if the file cannot be written
   */
  public void writePng(Path file) {
    ReportFile.write(file, Picture.png(chart()), ReportFile.IN_WAREHOUSE);
  }

  private XYChart chart() {
    XYChart chart = QuestionChart.empty(title, "mean_tokens", y);
    int index = 0;
    for (var arm : arms.entrySet()) {
      Color colour = QuestionChart.COLOURS.get(index++ % QuestionChart.COLOURS.size());
      List<Point> points = all(arm.getValue());
      if (!points.isEmpty()) {
        var series = add(chart, arm.getKey(), points);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour);
      }
      var x = points.stream().mapToDouble(Point::x).summaryStatistics();
      if (x.getMax() > x.getMin()) {
        var fit = fit(points);
        List<Point> ends =
            List.of(
                new Point(x.getMin(), fit.predict(x.getMin())),
                new Point(x.getMax(), fit.predict(x.getMax())));
        var line = add(chart, "line of " + arm.getKey(), ends);
        line.setMarker(SeriesMarkers.NONE).setShowInLegend(false);
        line.setLineColor(colour).setLineStyle(new BasicStroke(2f));
      }
    }
    return chart;
  }

  private static XYSeries add(XYChart chart, String name, List<Point> points) {
    return chart.addSeries(
        name, points.stream().map(Point::x).toList(), points.stream().map(Point::y).toList());
  }
}
