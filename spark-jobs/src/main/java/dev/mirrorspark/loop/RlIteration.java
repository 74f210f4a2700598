package dev.mirrorspark.loop;

import dev.mirrorspark.gate.RejectionSampling;
import dev.mirrorspark.rollout.RolloutResult;
import dev.mirrorspark.rollout.RolloutStage;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Wave;
import dev.mirrorspark.train.UpdateStage;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * One iteration of reinforcement learning (Kimi k1.5, 2.3.2 and 2.6.1): sample, rollout, score,
 * gate, update, commit. The first four come again in waves, until the batch is full.
 *
 * <p>Every stage is a function from tables to tables that does nothing if its rows are there; so an
 * iteration that was cut off anywhere is run again from the top.
 */
final class RlIteration {
  private RlIteration() {}

  /** Runs it from its reference policy, which samples, and returns the one that it led to. */
  static Policy run(
      Session session, WaveSampling sampling, WaveScoring scoring, int i, Policy policy) {
    var spark = session.spark();
    var tables = session.warehouse();
    var config = session.config();
    var clock = new StageClock(spark.sparkContext(), config.run(), i);
    try (var live = new LiveIteration(session, i)) {
      var reference = PolicyVersions.source(session, policy);

      var rollout = RolloutResult.NOTHING;
      for (var wave : Wave.of(config, i)) {
        int lacking = clock.time("sample", () -> wave.lacking(tables, config));
        if (lacking == 0) {
          break;
        }
        var prompts = clock.time("sample", () -> sampling.run(wave, lacking));
        var sampled =
            clock.time(
                "rollout",
                () ->
                    RolloutStage.run(
                        spark, tables, config, wave, reference, prompts, live.rollout(wave)));
        rollout = rollout.and(sampled);
        clock.time("score", () -> scoring.run(wave, prompts));
        clock.time("gate", () -> RejectionSampling.run(tables, config, wave));
      }
      var update =
          clock.time(
              "update",
              () ->
                  UpdateStage.run(
                      new JavaSparkContext(spark.sparkContext()),
                      tables.read(TrainingSet.TABLE),
                      scoring.segments(i, reference),
                      config,
                      i,
                      PolicyVersions.weights(session, policy),
                      PolicyVersions.output(session, policy),
                      live.steps()));
      var next = IterationCommit.policy(session, i, policy, update);
      live.finished(IterationCommit.run(session, i, next, rollout, update, clock));
      return next;
    }
  }
}
