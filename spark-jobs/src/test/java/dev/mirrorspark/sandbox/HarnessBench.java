package dev.mirrorspark.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;

/**
 * What it costs that tests run apart from the program: the reference solutions of HumanEval, by
 * turns through the harness and as one program with their tests behind them in one interpreter,
 * which is no judge.
 */
public final class HarnessBench {
  private static final Limits LIMITS = new Limits(10, 30, 512, 64, 1024, 64);

  private HarnessBench() {}

  private record Problem(String program, String test, String entry) {
    Run apart() {
      return new Run("python", program, new Run.TestCode(test, entry, ""), LIMITS);
    }

    Run together() {
      return new Run("python", program + "\n" + test, new Run.Once(""), LIMITS);
    }
  }

  /** Arguments: the file HumanEval.jsonl.gz, rounds, and the former harness or nothing. */
  public static void main(String[] args) throws Exception {
    List<Problem> problems = new ArrayList<>();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(new FileInputStream(args[0])), StandardCharsets.UTF_8))) {
      var json = new ObjectMapper();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode row = json.readTree(line);
        String entry = row.get("entry_point").asText();
        problems.add(
            new Problem(
                row.get("prompt").asText() + row.get("canonical_solution").asText(),
                row.get("test").asText() + "\n\ncheck(" + entry + ")\n",
                entry));
      }
    }
    String former = args.length > 2 ? Files.readString(Path.of(args[2])) : "";
    try (var sandbox = Sandbox.start(Sandboxes.config())) {
      problems.subList(0, 20).forEach(problem -> run(sandbox, problem, former));
      List<Double> times = new ArrayList<>();
      List<Double> processorTimes = new ArrayList<>();
      for (int round = 0; round < Integer.parseInt(args[1]); round++) {
        Time together = time(sandbox, problems, false, former);
        Time apart = time(sandbox, problems, true, former);
        times.add(apart.seconds / together.seconds);
        processorTimes.add(apart.processor / together.processor);
        System.out.printf(
            Locale.ROOT,
            "%s %.1f a second, apart %.1f a second: %.3f of the time; %.1f and %.1f ms of processor"
                + " time each: %.3f%n",
            former.isEmpty() ? "together" : "former harness",
            problems.size() / together.seconds,
            problems.size() / apart.seconds,
            times.get(round),
            together.processor * 1000 / problems.size(),
            apart.processor * 1000 / problems.size(),
            processorTimes.get(round));
      }
      System.out.printf(
          Locale.ROOT,
          "medians: %.3f of the time, %.3f of the processor time%n",
          median(times),
          median(processorTimes));
    }
  }

  /** What all problems took once: time, and processor time with that of this process. */
  private record Time(double seconds, double processor) {}

  private static double median(List<Double> ratios) {
    Collections.sort(ratios);
    return ratios.get(ratios.size() / 2);
  }

  private static void run(Sandbox sandbox, Problem problem, String former) {
    try {
      require(sandbox.judge(problem.apart()));
      require(sandbox.judge(together(problem, former)));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The former harness reads tests from its input, the program from a file that it is told. */
  private static Run together(Problem problem, String former) {
    if (former.isEmpty()) {
      return problem.together();
    }
    String program = "SOURCE = " + literal(problem.program()) + "\n" + former;
    return new Run("python", program, new Run.Once("word\n" + problem.test()), LIMITS);
  }

  private static String literal(String text) {
    return "'"
        + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
        + "'";
  }

  private static Time time(Sandbox sandbox, List<Problem> problems, boolean apart, String former)
      throws Exception {
    var threads = Executors.newFixedThreadPool(2);
    try {
      List<Callable<Outcome>> calls = new ArrayList<>();
      for (Problem problem : problems) {
        calls.add(() -> sandbox.judge(apart ? problem.apart() : together(problem, former)));
      }
      double processor = SandboxBench.cpuSeconds();
      long start = System.nanoTime();
      for (var call : threads.invokeAll(calls)) {
        require(call.get());
      }
      return new Time((System.nanoTime() - start) / 1e9, SandboxBench.cpuSeconds() - processor);
    } finally {
      threads.shutdown();
    }
  }

  private static void require(Outcome outcome) {
    if (outcome.verdict() != ProgramVerdict.PASSED) {
      throw new IllegalStateException(outcome.toString());
    }
  }
}
