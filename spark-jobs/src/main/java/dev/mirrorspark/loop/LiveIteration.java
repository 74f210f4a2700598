package dev.mirrorspark.loop;

import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Wave;
import java.util.Optional;

/** Shows an iteration while it runs, and its line when it is done. */
final class LiveIteration implements AutoCloseable {
  private final Progress progress;
  private final String name;
  private Optional<Progress.Stage> rollout = Optional.empty();
  private final LiveSteps steps;

  LiveIteration(Session session, int iteration) {
    this.progress = session.progress();
    int iterations = session.config().train().iterations();
    this.name = "iteration %d/%d".formatted(iteration + 1, Math.max(iterations, iteration + 1));
    this.steps = new LiveSteps(progress, name + " update", () -> {});
  }

  /** Shows the rollout of a wave. */
  synchronized ProgressSink rollout(Wave wave) {
    rollout = Optional.empty();
    String shown = name + (wave.first() ? " rollout" : " rollout, wave " + (wave.index() + 1));
    return (done, total, tokens) -> update(shown, done, total, tokens);
  }

  private synchronized void update(String shown, int done, int total, long tokens) {
    var stage = rollout.orElseGet(() -> progress.stage(shown, total));
    rollout = Optional.of(stage);
    double rate = tokens / Math.max(1e-3, stage.seconds());
    stage.update(done, "%,d tokens, %,.0f tokens/s".formatted(tokens, rate));
    if (done == total) {
      stage.close();
    }
  }

  LiveSteps steps() {
    return steps;
  }

  void finished(Iterations.Metrics m) {
    close();
    String responses =
        Double.isNaN(m.accuracy())
            ? "no response finished yet"
            : "accuracy %.1f%%, mean tokens %.1f, kept %.0f%%"
                .formatted(100 * m.accuracy(), m.meanTokens(), 100 * m.keptFraction());
    String trained =
        Double.isNaN(m.loss())
            ? "no group with signal: nothing to train on"
            : "loss %.3f, |g| %.2f%s, log-prob gap %.0e"
                .formatted(m.loss(), m.gradNorm(), divergence(m), m.logprobGapMax());
    progress.line(
        "%s: %s, %s, %,.0f tokens/s (%s)"
            .formatted(
                name, responses, trained, m.tokensPerSecond(), Progress.duration(m.seconds())));
  }

  /** Of ReST there is no estimate. */
  private static String divergence(Iterations.Metrics m) {
    return Double.isNaN(m.klEstimate()) ? "" : ", KL %.2f".formatted(m.klEstimate());
  }

  @Override
  public void close() {
    rollout.ifPresent(Progress.Stage::close);
    steps.close();
  }
}
