package dev.mirrorspark.train;

/** Receives every optimizer step as it completes, on the driver. */
@FunctionalInterface
public interface StepListener {
  /**
   * A step is complete.
   *
   * @param steps steps of the phase
   */
  void completed(StepRecord step, int steps);
}
