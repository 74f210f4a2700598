package dev.mirrorspark.loop;

import dev.mirrorspark.config.FaultPoint;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;

/**
 * Times each stage of an iteration, and names it in Spark's UI; a stage that is done passes the
 * fault point of its name.
 */
final class StageClock {
  private final SparkContext spark;
  private final String run;
  private final int iteration;
  private final long start = System.nanoTime();
  private final Map<String, Double> seconds = new HashMap<>();

  StageClock(SparkContext spark, String run, int iteration) {
    this.spark = spark;
    this.run = run;
    this.iteration = iteration;
  }

  <T> T time(String stage, Supplier<T> work) {
    long begin = System.nanoTime();
    spark.setJobDescription("run %s, iteration %d: %s".formatted(run, iteration, stage));
    T result = work.get();
    spark.setJobDescription("run %s, iteration %d: commit".formatted(run, iteration));
    seconds.merge(stage, since(begin), Double::sum);
    FaultPoint.pass(stage, iteration);
    return result;
  }

  void time(String stage, Runnable work) {
    time(
        stage,
        () -> {
          work.run();
          return stage;
        });
  }

  /** Seconds of each stage so far, and as {@code stage} those since the last one ended. */
  Map<String, Double> secondsAnd(String stage) {
    Map<String, Double> all = new HashMap<>(seconds);
    double spent = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    all.put(stage, total() - spent);
    return all;
  }

  double total() {
    return since(start);
  }

  private static double since(long begin) {
    return (System.nanoTime() - begin) * 1e-9;
  }
}
