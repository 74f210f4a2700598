package dev.mirrorspark.sandbox;

import java.nio.charset.StandardCharsets;

/**
 * How a box ended.
 *
 * @param started whether the program's process was made; otherwise the sandbox failed
 * @param stop what the sandbox ended it for
 * @param exitCode 128 + n where signal n ended the program
 * @param outOfMemory whether the kernel killed for want of memory
 * @param seconds wall time
 * @param cpuSeconds processor time of all its processes; 0 where nothing counts it
 * @param memoryBytes the most memory; 0 where nothing counts it
 */
record Ended(
    boolean started,
    Stop stop,
    int exitCode,
    boolean outOfMemory,
    byte[] stdout,
    byte[] stderr,
    double seconds,
    double cpuSeconds,
    long memoryBytes) {

  /** Why the sandbox ended a box, if it did. */
  enum Stop {
    NONE,
    TIME,
    OUTPUT
  }

  String outText() {
    return new String(stdout, StandardCharsets.UTF_8);
  }

  String errorText() {
    return new String(stderr, StandardCharsets.UTF_8);
  }

  /** The last line of standard error that is not blank, or nothing. */
  String lastErrorLine() {
    return errorText()
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .map(String::strip)
        .orElse("");
  }
}
