package dev.mirrorspark.report;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;

/**
 * A chart of a page.
 *
 * @param name short, as in a file's name
 * @param says what it shows, in words, for those who do not see it
 */
public record Picture(String name, String says, Chart<?, ?> chart) {
  private static final Color DARK_PAPER = new Color(0x161b22);
  private static final Color DARK_INK = new Color(0xe6edf3);
  private static final Color DARK_LINE = new Color(0x3d444d);

  /** The same for a dark page: the chart itself is given other colours. */
  public Picture dark() {
    var style = chart.getStyler();
    style.setChartBackgroundColor(DARK_PAPER).setChartFontColor(DARK_INK);
    style.setPlotBackgroundColor(DARK_PAPER).setPlotBorderColor(DARK_LINE);
    style.setLegendBackgroundColor(DARK_PAPER).setLegendBorderColor(DARK_LINE);
    if (style instanceof AxesChartStyler axes) {
      axes.setAxisTickLabelsColor(DARK_INK).setAxisTickMarksColor(DARK_LINE);
      axes.setPlotGridLinesColor(DARK_LINE);
    }
    return this;
  }

  /** The chart as PNG. */
  public byte[] png() {
    return png(chart);
  }

  /** A chart as PNG. */
  static byte[] png(Chart<?, ?> chart) {
    try {
      return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** The chart as an SVG file. */
  public String svg() {
    var bytes = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(chart, bytes, VectorGraphicsFormat.SVG);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
