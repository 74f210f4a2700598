package dev.mirrorspark.sandbox;

import dev.mirrorspark.sandbox.Ended.Stop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Runs one process tree in a box and waits for its end, which it brings about if need be. */
final class BoxRunner implements AutoCloseable {
  /** A pipe takes this much without a reader. */
  private static final int PIPE = 60 * 1024;

  /** The outer {@code bwrap} and process 1 of the box are in the control group as well. */
  private static final int OWN_PROCESSES = 2;

  private static final long CHECK_CPU_MS = 100;
  private static final long REAP_MS = 3000;

  private final ExecutorService streams =
      Executors.newCachedThreadPool(
          task -> {
            var thread = new Thread(task, "sandbox-stream");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * What runs.
   *
   * @param command in the box
   * @param files that the box finds in {@link PreparedRoot#BOX}
   * @param limitAddressSpace whether to limit it where no control group counts memory
   * @param limits of which {@code outputKb} bounds both streams together
   * @param ownStreams whether its standard streams are its own to open anew, as a program does that
   *     reads {@code /dev/stdin}; not where tests and verdicts pass through them
   * @param closed the program of the command, where a closed copy stands in its place
   */
  record Job(
      List<String> command,
      Map<String, String> environment,
      Map<String, byte[]> files,
      byte[] input,
      Limits limits,
      boolean limitAddressSpace,
      boolean ownStreams,
      Optional<PreparedRoot.Closed> closed) {}

  /**
   * Runs a job in a slot that is free.
   *
   * @throws IOException if the sandbox fails; the slot is then not fit for use
   */
  Ended run(BoxCommand box, Slot slot, Job job) throws IOException, InterruptedException {
    Limits limits = job.limits();
    requireEmpty(slot);
    slot.fill(job.files());
    var group = slot.group();
    long killsBefore = 0;
    double cpuBefore = 0;
    if (group.isPresent()) {
      group.get().resetPeak();
      group.get().limit((long) limits.memoryMb() << 20, limits.processes() + OWN_PROCESSES);
      killsBefore = group.get().memoryKills();
      cpuBefore = group.get().cpuSeconds();
    }
    var builder = new ProcessBuilder(box.words(slot.place(), job)).directory(Path.of("/").toFile());
    builder.environment().clear();
    long start = System.nanoTime();
    Process process = builder.start();
    var live = new Live(process, slot, limits, start, cpuBefore);
    Future<byte[]> out;
    Future<byte[]> error;
    try {
      out = streams.submit(() -> live.read(process.getInputStream()));
      error = streams.submit(() -> live.read(process.getErrorStream()));
      feed(process, own(process, slot, job));
      live.await();
    } catch (InterruptedException | IOException | RuntimeException e) {
      live.kill();
      throw e;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    byte[] stdout = get(out);
    byte[] stderr = get(error);
    requireEmpty(slot);
    boolean started =
        Files.exists(slot.status()) && Files.readString(slot.status()).contains("exit-code");
    return new Ended(
        started,
        live.stop.get(),
        process.exitValue(),
        group.isPresent() && group.get().memoryKills() > killsBefore,
        stdout,
        stderr,
        seconds,
        group.isPresent() ? group.get().cpuSeconds() - cpuBefore : 0,
        group.isPresent() ? group.get().peakBytes() : 0);
  }

  /** Nothing of one program may be there when the next one starts. */
  private static void requireEmpty(Slot slot) throws IOException {
    if (!slot.empty() && !slot.group().orElseThrow().kill(-1)) {
      throw new IOException("processes of the box cannot be killed, or nobody reaps them");
    }
  }

  /**
   * Gives the streams to the user of the slot where they are to be its own: a pipe belongs to who
   * has made it. The shell outside waits for the line that then comes first.
   */
  private static byte[] own(Process process, Slot slot, Job job) throws IOException {
    if (!job.ownStreams() || slot.uid().isEmpty()) {
      return job.input();
    }
    for (int stream = 0; stream <= 2; stream++) {
      Path pipe = Path.of("/proc", Long.toString(process.pid()), "fd", Integer.toString(stream));
      Files.setAttribute(pipe, "unix:uid", slot.uid().get());
    }
    var input = new byte[job.input().length + 1];
    input[0] = '\n';
    System.arraycopy(job.input(), 0, input, 1, job.input().length);
    return input;
  }

  private void feed(Process process, byte[] input) {
    if (input.length <= PIPE) {
      write(process.getOutputStream(), input);
    } else {
      streams.execute(() -> write(process.getOutputStream(), input));
    }
  }

  private static void write(OutputStream stream, byte[] input) {
    try (stream) {
      stream.write(input);
    } catch (IOException e) {
      // a program need not read its input
    }
  }

  private static byte[] get(Future<byte[]> stream) throws IOException, InterruptedException {
    try {
      return stream.get(REAP_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the output of the box does not end", e);
    }
  }

  /** A box that runs. */
  private static final class Live {
    final AtomicReference<Stop> stop = new AtomicReference<>(Stop.NONE);
    private final AtomicInteger room;
    private final Process process;
    private final Slot slot;
    private final Limits limits;
    private final long start;
    private final double cpuBefore;

    Live(Process process, Slot slot, Limits limits, long start, double cpuBefore) {
      this.process = process;
      this.slot = slot;
      this.limits = limits;
      this.start = start;
      this.cpuBefore = cpuBefore;
      this.room = new AtomicInteger(limits.outputKb() * 1024);
    }

    /** Reads to the end; the box is ended once both streams together exceed the limit. */
    byte[] read(InputStream stream) {
      var bytes = new ByteArrayOutputStream();
      var buffer = new byte[8192];
      try (stream) {
        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
          int before = room.getAndAdd(-n);
          bytes.write(buffer, 0, Math.max(0, Math.min(n, before)));
          if (before < n) {
            stop.compareAndSet(Stop.NONE, Stop.OUTPUT);
            kill();
            break;
          }
        }
      } catch (IOException closed) {
        // what was read counts
      }
      return bytes.toByteArray();
    }

    void await() throws InterruptedException, IOException {
      double cpuLimit = slot.group().isPresent() ? limits.cpuSeconds() : Double.POSITIVE_INFINITY;
      while (true) {
        double left = limits.wallSeconds() - (System.nanoTime() - start) / 1e9;
        long wait = Math.min(CHECK_CPU_MS, (long) Math.ceil(left * 1000));
        if (process.waitFor(Math.max(0, wait), TimeUnit.MILLISECONDS)) {
          return;
        }
        boolean late = left <= 0;
        if (!late && cpuLimit < Double.POSITIVE_INFINITY) {
          late = slot.group().orElseThrow().cpuSeconds() - cpuBefore > cpuLimit;
        }
        if (late) {
          stop.compareAndSet(Stop.NONE, Stop.TIME);
          kill();
          return;
        }
      }
    }

    /**
     * Ends the box: process 1 of it, upon which the kernel ends the others and {@code bwrap} reaps
     * it. Were {@code bwrap} killed first, they would be left to the host's process 1.
     */
    synchronized void kill() {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REAP_MS);
      boolean interrupted = false;
      while (process.isAlive() && System.nanoTime() < end) {
        if (slot.group().isPresent()) {
          slot.group().get().kill(process.pid());
        } else {
          process.children().forEach(ProcessHandle::destroyForcibly);
        }
        try {
          process.waitFor(5, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      process.destroyForcibly();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    streams.shutdownNow();
  }
}
