package dev.mirrorspark.track;

import dev.mirrorspark.table.Iterations.Metrics;
import java.io.IOException;
import java.util.Map;

/** One place that is told of a run. Its methods are called one after another, by one thread. */
sealed interface Tracker permits TensorBoardLog, MlflowRun {
  /** What it is called in a warning. */
  String name();

  /**
   * Begins, or goes on with, the record of a run.
   *
   * @param settings the run's settings by dotted key
   * @return whether nothing was recorded of the run before
   */
  boolean start(Map<String, String> settings) throws IOException, InterruptedException;

  /**
   * Records an iteration.
   *
   * @param checkpoint folder of the policy that it led to
   */
  void iteration(Metrics metrics, String checkpoint) throws IOException, InterruptedException;

  /** Keeps a page on the run, where the place can. */
  void report(String html) throws IOException, InterruptedException;

  /** Ends the record. */
  void end(boolean finished) throws IOException, InterruptedException;
}
