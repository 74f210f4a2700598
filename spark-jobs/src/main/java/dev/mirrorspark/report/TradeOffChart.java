package dev.mirrorspark.report;

import dev.mirrorspark.config.UserError;
import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The chart of long2short: sampled accuracy against mean tokens, a point a model, with its 95%
 * interval (Kimi k1.5, figure 7).
 *
 * @param names of the models, in the order of the legend
 * @param rows one a model and seed
 */
public record TradeOffChart(String title, List<String> names, List<TradeOffRow> rows) {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 520;

  public TradeOffChart {
    names = List.copyOf(names);
    rows = List.copyOf(rows);
  }

  /**
   * Draws the chart.
   *
   * @param file the PNG file to write; its folder is made
   * @throws UserError if the file cannot be written
   */
  public void writePng(Path file) {
    ReportFile.write(file, Picture.png(chart()), ReportFile.IN_WAREHOUSE);
  }

  private XYChart chart() {
    var chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("mean tokens of a sampled response")
            .yAxisTitle("held-out accuracy, sampling, %")
            .build();
    var style = chart.getStyler();
    style.setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    style.setLegendPosition(LegendPosition.OutsideE).setChartTitleBoxVisible(false);
    style.setChartBackgroundColor(Color.WHITE).setMarkerSize(10);
    style.setXAxisMin(0.0);
    for (String name : names) {
      var of = rows.stream().filter(row -> row.name().equals(name)).toList();
      if (!of.isEmpty()) {
        var tokens = of.stream().mapToDouble(row -> row.sampled().meanTokens()).toArray();
        var accuracy = of.stream().mapToDouble(row -> 100 * row.sampled().passAt1()).toArray();
        var mean = MeanInterval.of(accuracy);
        double half =
            of.size() > 1
                ? mean.halfWidth()
                : 50 * (of.get(0).sampled().ciHigh() - of.get(0).sampled().ciLow());
        chart
            .addSeries(
                name,
                new double[] {MeanInterval.of(tokens).mean()},
                new double[] {mean.mean()},
                new double[] {half})
            .setMarker(SeriesMarkers.CIRCLE);
      }
    }
    return chart;
  }
}
