package dev.mirrorspark.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Section {@code schedule}: what one start of a training run may do, and how long the run waits for
 * a silent driver.
 *
 * @param leaseSeconds how long a driver may give no sign of life before another takes its run over
 * @param minutes after which a start begins no further iteration; 0: any number
 * @param iterations that a start trains at most; 0: any number
 */
public record ScheduleConfig(double leaseSeconds, double minutes, int iterations)
    implements Serializable {

  /** {@link #leaseSeconds} as a duration. */
  public Duration leaseTerm() {
    return Duration.ofMillis(Math.round(leaseSeconds * 1000));
  }

  /**
   * For a command that trains several runs, each to its end.
   *
   * @throws UserError if a start is limited
   */
  public void requireNoLimit(String command) {
    if (minutes > 0 || iterations > 0) {
      throw new UserError(
          "%s trains each of its runs to the end: leave schedule.minutes and schedule.iterations at 0 (they are for train and quickstart)"
              .formatted(command));
    }
  }

  List<RunRanges.Violation> violations() {
    var found = new ArrayList<RunRanges.Violation>();
    if (!(leaseSeconds >= 1 && leaseSeconds <= 86_400)) {
      found.add(new RunRanges.Violation("schedule.lease_seconds", "a number from 1 to 86400"));
    }
    if (!(minutes >= 0 && minutes < Double.POSITIVE_INFINITY)) {
      found.add(new RunRanges.Violation("schedule.minutes", "a number, 0 or above"));
    }
    if (iterations < 0) {
      found.add(new RunRanges.Violation("schedule.iterations", "a whole number, 0 or above"));
    }
    return found;
  }
}
