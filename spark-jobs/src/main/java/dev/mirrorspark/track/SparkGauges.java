package dev.mirrorspark.track;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.mirrorspark.table.Iterations.Metrics;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import scala.collection.JavaConverters;

/**
 * The figures of the last finished iteration in Spark's metrics system, beside Spark's own: gauges
 * of the driver under {@code mirrorspark}, for whichever sinks Spark is set up with, such as its
 * Prometheus endpoint.
 */
public final class SparkGauges implements Source {
  private static final String NAME = "mirrorspark";

  private final MetricRegistry registry = new MetricRegistry();
  private volatile Map<String, Double> figures = Map.of();

  private SparkGauges() {}

  /** Shows an iteration in place of the one before. */
  public static void show(Metrics metrics) {
    var system = SparkEnv.get().metricsSystem();
    SparkGauges gauges =
        JavaConverters.seqAsJavaListConverter(system.getSourcesByName(NAME)).asJava().stream()
            .map(SparkGauges.class::cast)
            .findFirst()
            .orElse(null);
    if (gauges != null) {
      gauges.set(metrics);
    } else { // its gauges must be there when it is registered
      gauges = new SparkGauges();
      gauges.set(metrics);
      system.registerSource(gauges);
    }
  }

  private void set(Metrics metrics) {
    Map<String, Double> now = new LinkedHashMap<>();
    now.put("iteration", (double) metrics.iteration());
    now.putAll(TrackedFigures.of(metrics));
    figures = now;
    now.keySet()
        .forEach(
            name ->
                registry.gauge(
                    name.replace('/', '.'),
                    () -> (Gauge<Double>) () -> figures.getOrDefault(name, Double.NaN)));
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }
}
