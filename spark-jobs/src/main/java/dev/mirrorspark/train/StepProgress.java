package dev.mirrorspark.train;

import java.util.List;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.util.CollectionAccumulator;
import scala.collection.JavaConverters;

/**
 * The live view of a phase: the steps that rank 0 took so far, as its executor's heartbeats report
 * them.
 */
final class StepProgress extends SparkListener {
  private final CollectionAccumulator<StepRecord> live;
  private final StepListener listener;
  private final int steps;
  private int shown;

  StepProgress(CollectionAccumulator<StepRecord> live, StepListener listener, int steps) {
    this.live = live;
    this.listener = listener;
    this.steps = steps;
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate event) {
    for (var update : JavaConverters.seqAsJavaList(event.accumUpdates())) {
      for (AccumulableInfo info : JavaConverters.seqAsJavaList(update._4())) {
        if (info.id() == live.id() && info.update().isDefined()) {
          ((List<?>) info.update().get()).forEach(step -> show((StepRecord) step));
        }
      }
    }
  }

  /** Shows what was not shown yet. */
  void finish(List<StepRecord> all) {
    all.forEach(this::show);
  }

  private synchronized void show(StepRecord step) {
    if (step.step() >= shown) {
      shown = step.step() + 1;
      listener.completed(step, steps);
    }
  }
}
