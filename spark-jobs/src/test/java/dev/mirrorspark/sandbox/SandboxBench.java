package dev.mirrorspark.sandbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * How much time a box costs: programs that do nothing, started bare and in the sandbox by turns,
 * and as many as two threads get through.
 */
public final class SandboxBench {
  private static final Limits LIMITS = new Limits(10, 30, 512, 64, 1024, 64);

  private SandboxBench() {}

  private interface Start {
    void once() throws Exception;
  }

  /** Argument: how many starts a figure is taken from. */
  public static void main(String[] args) throws Exception {
    int starts = Integer.parseInt(args[0]);
    var config =
        Sandboxes.config(
            "sandbox.languages=[{name: nothing, file: main, run: ['true']}, {name: bare-python,"
                + " file: main, run: [python3, -c, pass]}]");
    try (var sandbox = Sandbox.start(config)) {
      System.out.printf(
          Locale.ROOT, "test of the machine: %.0f ms%n", sandbox.testSeconds() * 1000);
      System.out.printf("without: %s%n", sandbox.missing().keySet());
      compare(starts, "true", bare("/usr/bin/true"), boxed(sandbox, "nothing", ""));
      compare(
          starts,
          "python3 -c pass",
          bare("/usr/bin/python3", "-c", "pass"),
          boxed(sandbox, "bare-python", ""));
    }
  }

  private static Start bare(String... command) {
    return () -> {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().clear();
      builder.environment().put("PATH", "/usr/bin:/bin");
      Process process = builder.start();
      process.getOutputStream().close();
      process.getInputStream().readAllBytes();
      require(process.waitFor() == 0);
    };
  }

  private static Start boxed(Sandbox sandbox, String language, String source) {
    var run = new Run(language, source, new Run.Once(""), LIMITS);
    return () -> require(sandbox.judge(run).verdict() == Verdict.PASSED);
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("a program has failed");
    }
  }

  private static void compare(int starts, String name, Start bare, Start boxed) throws Exception {
    List<Double> bareMs = new ArrayList<>();
    List<Double> boxedMs = new ArrayList<>();
    for (int i = -starts / 10; i < starts; i++) {
      double first = milliseconds(bare);
      double second = milliseconds(boxed);
      if (i >= 0) {
        bareMs.add(first);
        boxedMs.add(second);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-16s alone: bare %s, boxed %s; two at a time: bare %.0f/s, boxed %.0f/s%n",
        name,
        spread(bareMs),
        spread(boxedMs),
        perSecond(starts, bare),
        perSecond(starts, boxed));
  }

  private static double milliseconds(Start start) throws Exception {
    long before = System.nanoTime();
    start.once();
    return (System.nanoTime() - before) / 1e6;
  }

  private static String spread(List<Double> milliseconds) {
    List<Double> sorted = milliseconds.stream().sorted().toList();
    return String.format(
        Locale.ROOT, "median %.1f ms (lowest %.1f)", sorted.get(sorted.size() / 2), sorted.get(0));
  }

  private static double perSecond(int starts, Start start) throws Exception {
    var threads = Executors.newFixedThreadPool(2);
    try {
      List<Callable<Double>> calls = new ArrayList<>();
      for (int i = 0; i < starts; i++) {
        calls.add(() -> milliseconds(start));
      }
      long before = System.nanoTime();
      for (var call : threads.invokeAll(calls)) {
        call.get();
      }
      return starts / ((System.nanoTime() - before) / 1e9);
    } finally {
      threads.shutdown();
    }
  }
}
