package dev.mirrorspark.loop;

/** How far a run is, by its tables. */
public final class RunStanding {
  private RunStanding() {}

  /**
   * Whether the run has all of its iterations; writes nothing.
   *
   * @throws dev.mirrorspark.config.UserError if the run was started with other settings
   */
  public static boolean trained(Session session) {
    RunRecord.check(session);
    return TrainingRun.finished(session) >= session.config().train().iterations();
  }
}
