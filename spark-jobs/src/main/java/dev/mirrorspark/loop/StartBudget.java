package dev.mirrorspark.loop;

import dev.mirrorspark.config.ScheduleConfig;
import java.util.Optional;

/** What one start of a training run may still do, by section {@code schedule}. */
final class StartBudget {
  private static final double NANOS_A_MINUTE = 60e9;

  private final ScheduleConfig limits;
  private final long started = System.nanoTime();

  StartBudget(ScheduleConfig limits) {
    this.limits = limits;
  }

  /**
   * What is used up, as the user set it.
   *
   * @param trained iterations that this start has made
   */
  Optional<String> spent(int trained) {
    if (limits.iterations() > 0 && trained >= limits.iterations()) {
      return Optional.of("schedule.iterations = " + limits.iterations());
    }
    return limits.minutes() > 0 && System.nanoTime() - started >= limits.minutes() * NANOS_A_MINUTE
        ? Optional.of("schedule.minutes = " + limits.minutes())
        : Optional.empty();
  }
}
