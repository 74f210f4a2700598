package dev.mirrorspark.loop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Seconds of each stage of an iteration, and how many of them were model arithmetic. */
final class StageClock {
  private final long start = System.nanoTime();
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private final Map<String, Double> modelSeconds = new LinkedHashMap<>();

  <T> T time(String stage, Supplier<T> work) {
    long begin = System.nanoTime();
    T result = work.get();
    seconds.merge(stage, (System.nanoTime() - begin) * 1e-9, Double::sum);
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

  void model(String stage, double spent) {
    modelSeconds.merge(stage, spent, Double::sum);
  }

  Map<String, Double> seconds() {
    return Map.copyOf(seconds);
  }

  Map<String, Double> modelSeconds() {
    return Map.copyOf(modelSeconds);
  }

  double total() {
    return (System.nanoTime() - start) * 1e-9;
  }
}
