package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * How much time a box costs: programs that do nothing, started bare and in the sandbox by turns,
 * and as many as two threads get through.
 */
public final class SandboxBench {
  private static final Limits LIMITS = new Limits(10, 30, 512, 64, 1024, 64);

  /** Ticks of {@code /proc/self/stat} in a second. */
  private static final double TICKS = 100;

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
    return () -> require(sandbox.judge(run).verdict() == ProgramVerdict.PASSED);
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("a program has failed");
    }
  }

  /** What starts of a kind took: their times, and processor time with that of their processes. */
  private static final class Times {
    private final List<Double> milliseconds = new ArrayList<>();
    private double cpuSeconds;

    void take(Start start) throws Exception {
      double before = cpuSeconds();
      milliseconds.add(milliseconds(start));
      cpuSeconds += cpuSeconds() - before;
    }

    @Override
    public String toString() {
      List<Double> sorted = milliseconds.stream().sorted().toList();
      return String.format(
          Locale.ROOT,
          "median %.1f ms (lowest %.1f, processor time %.1f)",
          sorted.get(sorted.size() / 2),
          sorted.get(0),
          cpuSeconds * 1000 / sorted.size());
    }
  }

  /** Processor time of this process and of those it has waited for, in seconds. */
  static double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] cells = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return IntStream.range(11, 15).mapToLong(i -> Long.parseLong(cells[i])).sum() / TICKS;
  }

  private static void compare(int starts, String name, Start bare, Start boxed) throws Exception {
    var warmUp = new Times();
    for (int i = 0; i < starts / 10; i++) {
      warmUp.take(bare);
      warmUp.take(boxed);
    }
    var bareTimes = new Times();
    var boxedTimes = new Times();
    for (int i = 0; i < starts; i++) {
      bareTimes.take(bare);
      boxedTimes.take(boxed);
    }
    System.out.printf(
        Locale.ROOT,
        "%s%n  bare:  %s; two at a time %.0f/s%n  boxed: %s; two at a time %.0f/s%n",
        name,
        bareTimes,
        perSecond(starts, bare),
        boxedTimes,
        perSecond(starts, boxed));
  }

  private static double milliseconds(Start start) throws Exception {
    long before = System.nanoTime();
    start.once();
    return (System.nanoTime() - before) / 1e6;
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
