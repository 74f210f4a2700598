package dev.mirrorspark.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;

/**
 * What to say where memory ran out: whose it was and which kind, its present limit, and the setting
 * that mends it.
 *
 * @param driverHeap limit of the driver's Java heap, in bytes
 * @param executorHeap limit of an executor's, as Spark is told
 */
record OutOfMemory(long driverHeap, String executorHeap) {
  private static final Pattern JAVA =
      Pattern.compile("java\\.lang\\.OutOfMemoryError(?::\\s*([^\\r\\n]*))?");

  /** How Spark names the executor of a task; in local mode it is the driver. */
  private static final Pattern ON_EXECUTOR = Pattern.compile("\\bexecutor (\\d+)\\b");

  private static final Pattern LOST =
      Pattern.compile("ExecutorLostFailure \\(executor (\\S+) [^)]*\\) Reason: ([^\\r\\n]*)");

  /** 137: killed by the kernel or by the cluster's watch over memory. */
  private static final Pattern KILLED =
      Pattern.compile(
          "\\b(?:exit )?(?:code|status):? 137\\b|OOMKilled|exceeding (?:physical |virtual )?memory"
              + " limits",
          Pattern.CASE_INSENSITIVE);

  /** Spark's own exit code of an executor whose heap ran out. */
  private static final Pattern HEAP_EXIT = Pattern.compile("\\b(?:code|status):? 52\\b");

  private static final Pattern CUDA =
      Pattern.compile("CUDA out of memory|CUDA error: out of memory", Pattern.CASE_INSENSITIVE);

  private static final Pattern NATIVE =
      Pattern.compile(
          "DefaultCPUAllocator: (?:can't allocate|not enough) memory|std::bad_alloc"
              + "|Physical memory usage is too high");

  private static final Pattern BYTES =
      Pattern.compile("tried to allocate ([\\d.]+ ?[A-Za-z]+)", Pattern.CASE_INSENSITIVE);

  private static final String LOWER =
      "lower rollout.slots (the caches of the rollout) or update.micro_batch_tokens (the"
          + " activations of the training), or take a machine with more";

  private static final String AGAIN = ", then run the same command again; nothing is lost";

  /** The limits of this process and of the executors that it asked for. */
  static OutOfMemory ofProcess() {
    return new OutOfMemory(
        Runtime.getRuntime().maxMemory(), new SparkConf().get("spark.executor.memory", "1g"));
  }

  /** What to say of an exception's text, its class in front; empty if memory is not the cause. */
  Optional<String> message(String text) {
    var lost = LOST.matcher(text);
    if (CUDA.matcher(text).find()) {
      return said(
          "out of memory of the GPU%s".formatted(asked(text)),
          "the weights, gradients, activations and caches of a task do not fit: "
              + LOWER.replace("a machine", "a GPU"));
    }
    if (NATIVE.matcher(text).find()) {
      return said(
          "out of native memory, outside the Java heap, for tensors%s".formatted(asked(text)),
          LOWER + "; a smaller heap (%s) leaves more to tensors".formatted(DRIVER_KEYS));
    }
    if (lost.find()) {
      if (HEAP_EXIT.matcher(lost.group(2)).find()) {
        return heapOfExecutor(lost.group(1), "Java heap space");
      }
      if (KILLED.matcher(lost.group(2)).find()) {
        return said(
            "executor %s was killed for its memory (%s): heap of %s and what lies outside it"
                .formatted(lost.group(1), lost.group(2).strip(), executorHeap),
            "raise spark.executor.memoryOverhead, or " + LOWER);
      }
    }
    var java = JAVA.matcher(text);
    if (!java.find()) {
      return Optional.empty();
    }
    String kind = Optional.ofNullable(java.group(1)).orElse("").strip();
    var executor = ON_EXECUTOR.matcher(text);
    return executor.find() ? heapOfExecutor(executor.group(1), kind) : ofDriver(kind);
  }

  private static final String DRIVER_KEYS =
      "--driver-memory before the command, or MIRRORSPARK_DRIVER_MEMORY";

  private Optional<String> ofDriver(String kind) {
    return switch (Kind.of(kind)) {
      case HEAP ->
          said(
              "out of memory: the Java heap of the driver is full, its limit is "
                  + mebibytes(driverHeap),
              "raise it with " + DRIVER_KEYS);
      case DIRECT ->
          said(
              "out of memory: the driver's direct buffers are full, their limit is the heap's, "
                  + mebibytes(driverHeap),
              "raise it with "
                  + DRIVER_KEYS
                  + ", or alone with MIRRORSPARK_JAVA_OPTIONS=-XX:MaxDirectMemorySize=SIZE");
      case METASPACE ->
          said(
              "out of memory: the driver's space for classes (metaspace) is full",
              "raise it with MIRRORSPARK_JAVA_OPTIONS=-XX:MaxMetaspaceSize=SIZE");
      case THREADS ->
          said(
              "the system gives the driver no further thread (%s)".formatted(kind),
              "raise its limit of processes (ulimit -u, or pids.max of the container) or free"
                  + " memory");
    };
  }

  private Optional<String> heapOfExecutor(String executor, String kind) {
    return switch (Kind.of(kind)) {
      case HEAP ->
          said(
              "out of memory: the Java heap of executor %s is full, its limit is %s"
                  .formatted(executor, executorHeap),
              "raise it with --executor-memory before the command (spark.executor.memory)");
      case DIRECT, METASPACE ->
          said(
              "out of memory on executor %s: %s".formatted(executor, kind),
              "raise spark.executor.memory, or set -XX:MaxDirectMemorySize or"
                  + " -XX:MaxMetaspaceSize in spark.executor.extraJavaOptions");
      case THREADS ->
          said(
              "the system gives executor %s no further thread (%s)".formatted(executor, kind),
              "raise its limit of processes (ulimit -u, or pids.max of the container)");
    };
  }

  private enum Kind {
    HEAP,
    DIRECT,
    METASPACE,
    THREADS;

    static Kind of(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      if (lower.contains("direct buffer") || lower.contains("direct memory")) {
        return DIRECT;
      }
      if (lower.contains("metaspace") || lower.contains("class space")) {
        return METASPACE;
      }
      return lower.contains("native thread") ? THREADS : HEAP;
    }
  }

  private static String asked(String text) {
    var bytes = BYTES.matcher(text);
    return bytes.find() ? " (asked for %s)".formatted(bytes.group(1)) : "";
  }

  private static Optional<String> said(String what, String mend) {
    return Optional.of(what + "; " + mend + AGAIN);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
  }
}
