package dev.mirrorspark.loop;

import dev.mirrorspark.report.Progress;
import dev.mirrorspark.train.StepListener;
import dev.mirrorspark.train.StepRecord;
import java.util.Optional;

/** Shows the optimizer steps of a phase as they complete. */
final class LiveSteps implements StepListener, AutoCloseable {
  private final Progress progress;
  private final String name;
  private final Runnable begins;
  private Optional<Progress.Stage> stage = Optional.empty();

  /**
   * Shows steps under a name.
   *
   * @param begins runs before the first step, once the phase has checked what it needs
   */
  LiveSteps(Progress progress, String name, Runnable begins) {
    this.progress = progress;
    this.name = name;
    this.begins = begins;
  }

  @Override
  public void begins() {
    begins.run();
  }

  @Override
  public void leftOut(String what) {
    progress.line(what);
  }

  @Override
  public void completed(StepRecord step, int steps) {
    if (stage.isEmpty()) {
      stage = Optional.of(progress.stage(name, steps));
    }
    stage
        .get()
        .update(
            step.step() + 1L,
            "loss %.3f, %,.0f tokens/s".formatted(step.loss(), step.tokens() / step.seconds()));
  }

  @Override
  public void close() {
    stage.ifPresent(Progress.Stage::close);
  }
}
