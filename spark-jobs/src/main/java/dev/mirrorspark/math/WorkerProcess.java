package dev.mirrorspark.math;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A worker process of this one, for one comparison at a time. */
final class WorkerProcess {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long START_SECONDS = 300;
  private static final int PATIENCE = 12;
  private static final String END = "";

  private final Process process;
  private final BufferedWriter in;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private volatile boolean killed;

  private WorkerProcess(Process process) {
    this.process = process;
    this.in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    var reader = new Thread(this::read, "math worker " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a worker and waits until it is ready.
   *
   * @throws IOException if it does not start
   */
  static WorkerProcess start(int heapMegabytes) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
            java,
            "-Xmx" + heapMegabytes + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xshare:auto",
            "-Djava.awt.headless=true",
            MathWorker.class.getName());
    builder.environment().put("CLASSPATH", classPath());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    var worker = new WorkerProcess(builder.start());
    if (!worker.line(START_SECONDS).equals(Optional.of(MathWorker.READY))) {
      worker.kill();
      throw new IOException("the worker process did not start within " + START_SECONDS + " s");
    }
    return worker;
  }

  /** The class path of this process, with what its class loaders added to it. */
  private static String classPath() {
    Set<String> places = new LinkedHashSet<>();
    for (ClassLoader loader :
        new ClassLoader[] {
          MathWorker.class.getClassLoader(), Thread.currentThread().getContextClassLoader()
        }) {
      for (ClassLoader at = loader; at != null; at = at.getParent()) {
        if (at instanceof URLClassLoader urls) {
          for (URL url : urls.getURLs()) {
            file(url).ifPresent(places::add);
          }
        }
      }
    }
    places.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
    return String.join(File.pathSeparator, places);
  }

  private static Optional<String> file(URL url) {
    try {
      return url.getProtocol().equals("file")
          ? Optional.of(Path.of(url.toURI()).toString())
          : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private void read() {
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // it was killed; what waits is told by the end
    }
    lines.add(END);
  }

  /** The next line; empty when the time is over. The end of the output is an empty line. */
  private Optional<String> line(double seconds) {
    try {
      return Optional.ofNullable(lines.poll((long) (seconds * 1000), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Compares; a worker that fails or takes too long is killed. */
  Comparison compare(String reference, String stated, double seconds) {
    try {
      in.write(JSON.writeValueAsString(new MathWorker.Request(reference, stated)));
      in.newLine();
      in.flush();
      Optional<String> answer = withinLimit(seconds);
      if (answer.isEmpty()) {
        kill();
        return Comparison.failed("no verdict within %s s of computing".formatted(seconds));
      }
      if (!answer.get().equals(END)) {
        return JSON.readValue(answer.get(), Comparison.class);
      }
    } catch (JsonProcessingException e) {
      kill();
      return Comparison.failed("the worker process spoke out of turn");
    } catch (IOException e) {
      // it has ended
    }
    kill();
    return Comparison.failed("the worker process ended: out of memory, or killed");
  }

  /**
   * The next line, if it comes while the worker computes that long, or waits for a free core {@link
   * #PATIENCE} times as long: Spark's tasks may keep every core busy.
   */
  private Optional<String> withinLimit(double seconds) {
    double start = computed();
    Optional<String> answer = line(seconds);
    for (int i = 1; i < PATIENCE && answer.isEmpty() && computed() - start < seconds; i++) {
      answer = line(Math.max(0.05, seconds - (computed() - start)));
    }
    return answer;
  }

  /** Processor time of the worker so far, in seconds; endless where the system does not tell. */
  private double computed() {
    return process
        .info()
        .totalCpuDuration()
        .map(time -> time.toNanos() / 1e9)
        .orElse(Double.POSITIVE_INFINITY);
  }

  boolean isAlive() {
    return !killed && process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  void kill() {
    killed = true;
    process.destroyForcibly();
  }
}
