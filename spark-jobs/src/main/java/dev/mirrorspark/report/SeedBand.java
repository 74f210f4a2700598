package dev.mirrorspark.report;

import dev.mirrorspark.report.Trial.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Several curves of the same kind as one: their mean, their lowest and their highest value, at
 * every x at which one of them has a point and all of them have a value.
 *
 * @param seeds number of curves
 * @param x in rising order
 */
public record SeedBand(
    int seeds, List<Double> x, List<Double> mean, List<Double> low, List<Double> high) {

  public SeedBand {
    x = List.copyOf(x);
    mean = List.copyOf(mean);
    low = List.copyOf(low);
    high = List.copyOf(high);
  }

  /**
   * The band of curves whose points stand in rising order of x; between two points a curve is a
   * straight line. Curves without a point are left out.
   */
  public static SeedBand of(List<List<Point>> curves) {
    List<List<Point>> drawn = curves.stream().filter(curve -> !curve.isEmpty()).toList();
    var grid = new TreeSet<Double>();
    double from = Double.NEGATIVE_INFINITY;
    double to = Double.POSITIVE_INFINITY;
    for (var curve : drawn) {
      curve.forEach(point -> grid.add(point.x()));
      from = Math.max(from, curve.get(0).x());
      to = Math.min(to, curve.get(curve.size() - 1).x());
    }
    List<Double> x = new ArrayList<>();
    List<Double> mean = new ArrayList<>();
    List<Double> low = new ArrayList<>();
    List<Double> high = new ArrayList<>();
    for (double at : grid) {
      if (at >= from && at <= to) {
        var values = drawn.stream().mapToDouble(curve -> value(curve, at)).summaryStatistics();
        x.add(at);
        mean.add(values.getAverage());
        low.add(values.getMin());
        high.add(values.getMax());
      }
    }
    return new SeedBand(drawn.size(), x, mean, low, high);
  }

  private static double value(List<Point> curve, double x) {
    Point before = curve.get(0);
    for (Point point : curve) {
      if (point.x() >= x) {
        return point.x() == x || point.x() == before.x()
            ? point.y()
            : before.y() + (point.y() - before.y()) * (x - before.x()) / (point.x() - before.x());
      }
      before = point;
    }
    return before.y();
  }
}
