package dev.mirrorspark.train;

/** Follows a phase on the driver. */
@FunctionalInterface
public interface StepListener {
  /**
   * Everything that the phase needs is there and checked, and its first step comes next: whatever
   * must be recorded before is to be recorded now. Called on every start of the phase.
   */
  default void begins() {}

  /**
   * The phase goes on without something that it was given.
   *
   * @param what which, and why
   */
  default void leftOut(String what) {}

  /**
   * A step is complete.
   *
   * @param steps steps of the phase
   */
  void completed(StepRecord step, int steps);
}
