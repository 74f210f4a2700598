package dev.mirrorspark.cli;

import dev.mirrorspark.report.Progress;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a command was started: its streams and what the launcher said about the terminal.
 *
 * @param out results and progress
 * @param err faults, one line each
 * @param input standard input where it is a file or a pipe; of a person at a terminal nothing is
 *     read
 * @param environment the environment variables; the launcher's begin with {@code MIRRORSPARK_}
 */
record Terminal(
    PrintStream out,
    PrintStream err,
    Optional<InputStream> input,
    Map<String, String> environment) {
  private static final int USUAL_COLUMNS = 80;

  Terminal {
    environment = Map.copyOf(environment);
  }

  /** One without input. */
  Terminal(PrintStream out, PrintStream err, Map<String, String> environment) {
    this(out, err, Optional.empty(), environment);
  }

  /** The terminal of this process; text leaves it as UTF-8. */
  static Terminal ofProcess() {
    return new Terminal(
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        Optional.of(System.in).filter(in -> isPipedOrFile(Path.of("/proc/self/fd/0"))),
        System.getenv());
  }

  /** Whether the kernel's link of an open descriptor leads to something other than a terminal. */
  static boolean isPipedOrFile(Path descriptor) {
    try {
      String opened = Files.readSymbolicLink(descriptor).toString();
      return !opened.matches("/dev/(pts/|tty|console).*");
    } catch (IOException notLinux) {
      return false;
    }
  }

  /** Live progress on this terminal. */
  Progress progress() {
    return Progress.terminal(
        out, environment.getOrDefault("MIRRORSPARK_TTY", "").equals("true"), columns());
  }

  /** The command line that started this process, for the user to repeat. */
  String command() {
    return environment.getOrDefault("MIRRORSPARK_COMMAND", "the same command");
  }

  /** The file that Spark's log goes to, if the launcher named one. */
  Optional<Path> log() {
    return path("MIRRORSPARK_LOG");
  }

  /** The folder that Mirrorspark was checked out or unpacked to. */
  Path home() {
    return path("MIRRORSPARK_HOME").orElse(Path.of(""));
  }

  private Optional<Path> path(String variable) {
    return Optional.ofNullable(environment.get(variable))
        .filter(text -> !text.isEmpty())
        .map(Path::of);
  }

  private int columns() {
    String columns = environment.getOrDefault("MIRRORSPARK_COLUMNS", "");
    return columns.matches("[1-9]\\d{0,4}") ? Integer.parseInt(columns) : USUAL_COLUMNS;
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
