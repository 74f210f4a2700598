package dev.mirrorspark.report;

import dev.mirrorspark.config.UserError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The picture of one question: a line an arm, the mean over its seeds, in a band from the lowest to
 * the highest seed.
 *
 * @param arms name and band of each arm, in the order in which they are shown
 */
public record QuestionChart(String title, String x, String y, Map<String, SeedBand> arms) {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 480;
  private static final int BAND_ALPHA = 45;

  /** Colours that stay apart for the colour-blind (Okabe and Ito). */
  static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x000000));

  public QuestionChart {
    arms = Collections.unmodifiableMap(new LinkedHashMap<>(arms));
  }

  /** Whether an arm has a point. */
  public boolean hasPoints() {
    return arms.values().stream().anyMatch(band -> !band.x().isEmpty());
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

  /** A chart without a line. */
  static XYChart empty(String title, String x, String y) {
    var chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(label(x))
            .yAxisTitle(label(y))
            .build();
    XYStyler style = chart.getStyler();
    style.setLegendPosition(LegendPosition.OutsideE).setChartTitleBoxVisible(false);
    style.setPlotGridVerticalLinesVisible(false).setYAxisDecimalPattern("#,##0.#");
    style.setXAxisDecimalPattern("#,##0.#");
    style.setChartBackgroundColor(Color.WHITE);
    return chart;
  }

  private XYChart chart() {
    XYChart chart = empty(title, x, y);
    int index = 0;
    for (var arm : arms.entrySet()) {
      Color colour = COLOURS.get(index++ % COLOURS.size());
      if (arm.getValue().seeds() > 1 && arm.getValue().x().size() > 1) {
        var band = arm.getValue();
        addBand(chart, "band of " + arm.getKey(), band.x(), band.low(), band.high(), colour);
      }
      if (!arm.getValue().x().isEmpty()) {
        addMean(chart, arm.getKey(), arm.getValue(), colour);
      }
    }
    return chart;
  }

  private static void addMean(XYChart chart, String arm, SeedBand band, Color colour) {
    String seeds = band.seeds() == 1 ? "1 seed" : band.seeds() + " seeds";
    chart
        .addSeries("%s (%s)".formatted(arm, seeds), band.x(), band.mean())
        .setMarker(SeriesMarkers.CIRCLE)
        .setMarkerColor(colour)
        .setLineColor(colour)
        .setLineStyle(new BasicStroke(2f));
  }

  /** The outline of the band: there along its upper edge, back along the lower one. */
  static void addBand(
      XYChart chart,
      String name,
      List<Double> across,
      List<Double> low,
      List<Double> high,
      Color colour) {
    List<Double> x = new ArrayList<>(across);
    List<Double> y = new ArrayList<>(high);
    for (int i = across.size() - 1; i >= 0; i--) {
      x.add(across.get(i));
      y.add(low.get(i));
    }
    var series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea).setShowInLegend(false);
    Color pale = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), BAND_ALPHA);
    series.setFillColor(pale);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(pale);
  }

  private static String label(String what) {
    return switch (what) {
      case "iteration" -> "iterations finished";
      case "rollout_tokens" -> "tokens sampled";
      case "update_tokens" -> "tokens trained on";
      case "seconds" -> "seconds of reinforcement learning";
      case "accuracy" -> "accuracy of the iteration's responses, %";
      case "mean_tokens" -> "mean tokens of a response";
      case "kept_fraction" -> "responses that train, %";
      case "entropy" -> "entropy of the sampling, nats a token";
      case "eval greedy" -> "held-out accuracy, greedy, %";
      case "eval sampling" -> "held-out accuracy, sampling, %";
      default -> what;
    };
  }
}
