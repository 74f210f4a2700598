package dev.mirrorspark.cli;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.HeldRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the command line says of a failure: one line and an exit code.
 *
 * @param exitCode 2 where the input or the configuration is to be mended, 75 where another driver
 *     holds the run, so that a later start is the mend, 1 otherwise
 * @param message one line
 * @param expected whether the line says all; otherwise the stack trace belongs into the log
 */
record Failure(int exitCode, String message, boolean expected) {
  static final int INPUT = 2;
  static final int OTHER = 1;

  /** EX_TEMPFAIL of sysexits.h. */
  static final int LATER = 75;

  /** Spark tells of an exception on an executor in the text of its own. */
  private static final Pattern USER_ERROR_IN_TEXT =
      Pattern.compile(Pattern.quote(UserError.class.getName()) + ": ([^\n]*)");

  private static final Pattern DISK_FULL =
      Pattern.compile("no space left on device|disk quota exceeded", Pattern.CASE_INSENSITIVE);

  /**
   * The failure behind an exception.
   *
   * @param log the file that holds the stack trace, if there is one
   */
  static Failure of(Throwable thrown, Optional<Path> log) {
    List<Throwable> chain = chain(thrown);
    return userError(chain)
        .map(message -> new Failure(INPUT, oneLine(message), true))
        .or(() -> held(chain))
        .or(() -> outOfRoom(chain))
        .orElseGet(() -> unexpected(chain, log));
  }

  private static Optional<String> userError(List<Throwable> chain) {
    for (Throwable link : chain) {
      if (link instanceof UserError) {
        return Optional.of(text(link));
      }
    }
    for (Throwable link : chain) {
      var found = USER_ERROR_IN_TEXT.matcher(text(link));
      if (found.find()) {
        return Optional.of(found.group(1));
      }
    }
    return Optional.empty();
  }

  private static Optional<Failure> held(List<Throwable> chain) {
    return chain.stream()
        .filter(HeldRun.class::isInstance)
        .findFirst()
        .map(link -> new Failure(LATER, text(link), true));
  }

  private static Optional<Failure> outOfRoom(List<Throwable> chain) {
    for (Throwable link : chain) {
      if (DISK_FULL.matcher(text(link)).find()) {
        return Optional.of(
            new Failure(
                OTHER,
                "the disk is full: free space where the warehouse or Spark's scratch folder"
                    + " (spark.local.dir) lies, then run the same command again; nothing is lost",
                false));
      }
      Optional<String> memory = OutOfMemory.ofProcess().message(link.toString());
      if (memory.isPresent()) {
        return memory.map(message -> new Failure(OTHER, message, false));
      }
    }
    return Optional.empty();
  }

  private static Failure unexpected(List<Throwable> chain, Optional<Path> log) {
    Throwable root = chain.get(chain.size() - 1);
    String message = text(root).lines().findFirst().orElse("");
    return new Failure(
        OTHER,
        "%s%s; the stack trace stands in %s"
            .formatted(
                root.getClass().getSimpleName(),
                message.isBlank() ? "" : ": " + message.strip(),
                log.map(Path::toString).orElse("Spark's log")),
        false);
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable link = thrown; link != null && !chain.contains(link); link = link.getCause()) {
      chain.add(link);
    }
    return chain;
  }

  private static String text(Throwable thrown) {
    return Optional.ofNullable(thrown.getMessage()).orElse("");
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*[\r\n]+\\s*", " ");
  }
}
