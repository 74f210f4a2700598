package dev.mirrorspark.report;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Tells the user how far a command is: one line for everything that is finished, and a status line
 * for the stages in progress (done of total, detail, time left).
 *
 * <p>On a terminal the status line is rewritten in place. Elsewhere the output is plain text
 * without control characters, with a status line every ten seconds at most. Every method may be
 * called from any thread.
 */
public final class Progress {
  private static final Duration REWRITE_EVERY = Duration.ofMillis(100);
  private static final Duration REPEAT_EVERY = Duration.ofSeconds(10);
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream out;
  private final boolean tty;
  private final int columns;
  private final LongSupplier nanoTime;
  private final List<Stage> active = new ArrayList<>();
  private long statusAt;
  private boolean statusShown;
  private boolean stopped;

  Progress(PrintStream out, boolean tty, int columns, LongSupplier nanoTime) {
    this.out = out;
    this.tty = tty;
    this.columns = columns;
    this.nanoTime = nanoTime;
    this.statusAt = nanoTime.getAsLong() - REWRITE_EVERY.toNanos();
  }

  /**
   * Progress on a stream.
   *
   * @param tty whether the stream is a terminal, on which a line can be rewritten
   * @param columns width of the terminal in characters; no status line is longer
   */
  public static Progress terminal(PrintStream out, boolean tty, int columns) {
    return new Progress(out, tty, columns, System::nanoTime);
  }

  /** Progress that nobody sees. */
  public static Progress silent() {
    return terminal(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), false, 80);
  }

  /**
   * Opens a stage. Stages may nest: all that are open share the status line, the outermost first.
   *
   * @param total units of work in it; 0 where that is not known
   */
  public synchronized Stage stage(String name, long total) {
    var stage = new Stage(name, total);
    active.add(stage);
    showStatus();
    return stage;
  }

  /** Prints one line that stays. */
  public synchronized void line(String text) {
    if (stopped) {
      return;
    }
    eraseStatus();
    out.println(text);
    out.flush();
    rewriteStatus();
  }

  /** Prints an aligned table that stays. */
  public synchronized void table(List<String> header, List<List<String>> rows) {
    TextTable.lines(header, rows).forEach(this::line);
  }

  /** Removes the status line, prints the last lines and ignores everything after them. */
  public synchronized void stop(List<String> lastLines) {
    active.clear();
    lastLines.forEach(this::line);
    eraseStatus();
    stopped = true;
  }

  private void showStatus() {
    long now = nanoTime.getAsLong();
    if (now - statusAt >= (tty ? REWRITE_EVERY : REPEAT_EVERY).toNanos()) {
      statusAt = now;
      printStatus();
    }
  }

  /** Puts the status line back under a line that was printed; without a terminal it may wait. */
  private void rewriteStatus() {
    if (tty) {
      printStatus();
    }
  }

  private void printStatus() {
    if (stopped || active.isEmpty()) {
      return;
    }
    var status = new StringBuilder();
    active.forEach(stage -> status.append(status.isEmpty() ? "" : " │ ").append(stage.status()));
    if (tty) {
      int end = Math.min(status.length(), Math.max(1, columns - 1));
      out.print(ERASE_LINE + status.substring(0, end));
      statusShown = true;
    } else {
      out.println(status);
    }
    out.flush();
  }

  private void eraseStatus() {
    if (statusShown) {
      out.print(ERASE_LINE);
      out.flush();
      statusShown = false;
    }
  }

  /** A piece of work in progress; closing it without {@link #done} leaves no line behind. */
  public final class Stage implements AutoCloseable {
    private final String name;
    private final long total;
    private final long startedAt = nanoTime.getAsLong();
    private long done;
    private String detail = "";

    private Stage(String name, long total) {
      this.name = name;
      this.total = total;
    }

    /**
     * Tells how far the stage is.
     *
     * @param done units finished so far
     * @param detail whatever else there is to know, such as {@code 5,200 tokens/s}; may be empty
     */
    public void update(long done, String detail) {
      synchronized (Progress.this) {
        this.done = done;
        this.detail = detail;
        showStatus();
      }
    }

    /** Ends the stage and prints its line: name, summary, seconds. */
    public void done(String summary) {
      synchronized (Progress.this) {
        close();
        line("%s: %s (%s)".formatted(name, summary, duration(seconds())));
      }
    }

    /** Seconds since the stage was opened. */
    public double seconds() {
      return (nanoTime.getAsLong() - startedAt) / 1e9;
    }

    @Override
    public void close() {
      synchronized (Progress.this) {
        if (active.remove(this) && tty) {
          eraseStatus();
          printStatus();
        }
      }
    }

    private String status() {
      var status = new StringBuilder(name);
      if (total > 0) {
        status.append(String.format(Locale.ROOT, " %,d/%,d", done, total));
      } else if (done > 0) {
        status.append(String.format(Locale.ROOT, " %,d", done));
      }
      if (!detail.isEmpty()) {
        status.append(" · ").append(detail);
      }
      if (done > 0 && done < total) {
        double left = seconds() / done * (total - done);
        status.append(" · ").append(duration(left)).append(" left");
      }
      return status.toString();
    }
  }

  /** A duration in words: {@code 8.3 s}, {@code 2:05 min}, {@code 1:02:05 h}. */
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d h", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
