package dev.mirrorspark.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.util.SparkUncaughtExceptionHandler;

/**
 * Why this process is shutting down, where neither the command nor the user asked for it: after an
 * error such as a full heap in a task, Spark ends the JVM at once, and only its log says why.
 */
final class FatalError {
  private static final int TAIL_BYTES = 1 << 16;

  private FatalError() {}

  /** What to say of it; empty where the process was asked to stop. */
  static Optional<String> message(Optional<Path> log) {
    return endedBySpark() ? Optional.of(message(log, OutOfMemory.ofProcess())) : Optional.empty();
  }

  static String message(Optional<Path> log, OutOfMemory memory) {
    return log.flatMap(FatalError::lastOutOfMemory)
        .flatMap(memory::message)
        .orElseGet(
            () ->
                "Spark ended the process after a fatal error; its stack trace stands in "
                    + log.map(Path::toString).orElse("Spark's log"));
  }

  /** The thread in which the error came is still inside Spark's handler, waiting for the end. */
  private static boolean endedBySpark() {
    String handler = SparkUncaughtExceptionHandler.class.getName();
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().equals(handler));
  }

  private static Optional<String> lastOutOfMemory(Path log) {
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(Math.max(0, file.length() - TAIL_BYTES));
      byte[] tail = new byte[(int) (file.length() - file.getFilePointer())];
      file.readFully(tail);
      return new String(tail, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.contains("java.lang.OutOfMemoryError"))
          .reduce((earlier, later) -> later);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
