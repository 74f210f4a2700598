package dev.mirrorspark.loop;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.report.IterationMetrics;
import dev.mirrorspark.rollout.RolloutResult;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import dev.mirrorspark.track.SparkGauges;
import dev.mirrorspark.train.Trained;
import dev.mirrorspark.train.UpdateStage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The end of an iteration: the checkpoint is complete, then its row in {@code policies}, then the
 * row in {@code iterations}, which alone ends it.
 */
final class IterationCommit {
  private IterationCommit() {}

  /** The checkpoint and the row of the policy that an iteration led to. */
  static Policy policy(Session session, int iteration, Policy reference, Trained update) {
    Policy next =
        PolicyVersions.commit(session, reference, update, ProducedBy.RL, OptionalInt.of(iteration));
    FaultPoint.pass("policies", iteration);
    return next;
  }

  /** The row that ends the iteration. */
  static Metrics run(
      Session session,
      int iteration,
      Policy next,
      RolloutResult rollout,
      Trained update,
      StageClock clock) {
    Metrics metrics = metrics(session, iteration, next, rollout, update, clock);
    session
        .warehouse()
        .append(
            Iterations.TABLE,
            List.of(metrics.toRow()),
            session.config().run() + "/iterations",
            iteration);
    FaultPoint.pass("iterations", iteration);
    UpdateStage.release(session.storage(), session.config(), iteration);
    session.spark().sparkContext().setJobDescription(null);
    SparkGauges.show(metrics);
    return metrics;
  }

  private static Metrics metrics(
      Session session,
      int iteration,
      Policy next,
      RolloutResult rollout,
      Trained update,
      StageClock clock) {
    String run = session.config().run();
    var seen = IterationMetrics.of(session.warehouse(), run, iteration);
    return new Metrics(
        run,
        iteration,
        next.parent().orElseThrow(),
        seen.prompts(),
        seen.responses(),
        seen.accuracy(),
        seen.errors(),
        seen.meanTokens(),
        seen.maxTokens(),
        seen.stopReasons(),
        seen.keptFraction(),
        seen.rejected(),
        update.loss(),
        update.gradNorm(),
        update.klEstimate(),
        update.logratioRms(),
        update.logprobGapMean(),
        update.logprobGapMax(),
        seen.rolloutTokens(),
        update.tokens(),
        rollout.idleSlots(),
        rollout.tokensPerSecond(),
        clock.total(),
        clock.secondsAnd("commit"),
        Map.of("rollout", rollout.modelSeconds(), "update", update.modelSeconds()),
        Instant.now(),
        seen.verifierErrors(),
        seen.audited(),
        seen.auditAgreement(),
        seen.entropy(),
        update.weightMean(),
        update.weightCut());
  }
}
