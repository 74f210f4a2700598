package dev.mirrorspark.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;

/** What Prometheus reads from the driver. */
class SparkGaugesIT {
  private static List<String> served(SparkContext spark) throws Exception {
    var page =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(spark.uiWebUrl().get() + "/metrics/prometheus/"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertEquals(200, page.statusCode());
    return page.body().lines().filter(line -> line.contains("mirrorspark")).toList();
  }

  private static double value(List<String> lines, String name) {
    String start = "metrics_of_tests_driver_mirrorspark_%s_Value{".formatted(name);
    String line = lines.stream().filter(one -> one.startsWith(start)).findFirst().orElseThrow();
    return Double.parseDouble(line.substring(line.indexOf("} ") + 2));
  }

  @Test
  void theLastIterationStandsInSparksPrometheusEndpoint() throws Exception {
    var conf =
        new SparkConf()
            .setMaster("local[1]")
            .setAppName("gauges")
            .set("spark.ui.enabled", "true")
            .set("spark.ui.port", "0")
            .set("spark.metrics.namespace", "of_tests")
            .set(
                "spark.metrics.conf.*.sink.prometheusServlet.class",
                "org.apache.spark.metrics.sink.PrometheusServlet")
            .set("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus");
    var spark = new SparkContext(conf);
    try {
      SparkGauges.show(TrackersTest.metrics(1));
      var lines = served(spark);
      assertEquals(1, value(lines, "iteration"));
      assertEquals(0.25, value(lines, "accuracy"));
      assertEquals(8, value(lines, "seconds_by_stage_rollout"));
      SparkGauges.show(TrackersTest.metrics(2));
      lines = served(spark);
      assertEquals(2, value(lines, "iteration"));
      assertEquals(0.5, value(lines, "accuracy"));
      assertTrue(lines.stream().noneMatch(line -> line.contains("kl_estimate")), "there is none");
    } finally {
      spark.stop();
    }
  }
}
