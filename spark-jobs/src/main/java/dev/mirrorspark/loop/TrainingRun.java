package dev.mirrorspark.loop;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.reward.Verifiers;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies.Policy;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.functions;

/** The `train` command: reinforcement learning from where the tables say the run stands. */
public final class TrainingRun {
  private TrainingRun() {}

  /**
   * Runs the iterations that are not finished yet, as far as section {@code schedule} lets one
   * start go.
   *
   * @return whether the run has all of its iterations
   * @throws dev.mirrorspark.config.UserError if the run was started with other settings, or has too
   *     few prompts
   */
  public static boolean run(Session session) {
    var budget = new StartBudget(session.config().schedule());
    RunRecord.check(session);
    MachineMemory.check(session);
    Algorithm.of(session.config()); // what it cannot train by it says now
    int iterations = session.config().train().iterations();
    int every = session.config().eval().every();
    int finished = finished(session);
    if (finished >= iterations) {
      PolicyVersions.start(session, PolicyVersions.first(session));
      session
          .progress()
          .line(
              "run %s has its %d iterations; for more, raise train.iterations"
                  .formatted(session.config().run(), finished));
      return true;
    }
    LongProblems.requireRoom(session);
    TestedProblems.check(session);
    Verifiers.load(session.spark(), session.config()); // what it cannot find it says now
    var scoring = WaveScoring.of(session);
    var first = PolicyVersions.first(session);
    refuseLong2Short(session);
    var sampling = WaveSampling.of(session, first);
    sampling.check();
    PolicyVersions.start(session, first);
    if (finished > 0) {
      session.progress().line("resuming at iteration %d of %d".formatted(finished, iterations));
    }
    Policy policy = PolicyVersions.reference(session, finished);
    try (var tracking = RunTracking.start(session, finished)) {
      for (int iteration = finished; iteration < iterations; iteration++) {
        var spent = budget.spent(iteration - finished);
        if (spent.isPresent()) {
          session
              .progress()
              .line(
                  "run %s: %d of %d iterations; this start ends here (%s), the next one goes on"
                      .formatted(session.config().run(), iteration, iterations, spent.get()));
          return false;
        }
        policy = RlIteration.run(session, sampling, scoring, iteration, policy);
        tracking.iteration(iteration);
        if (every > 0 && (iteration + 1) % every == 0 && iteration + 1 < iterations) {
          EvaluationRun.run(session, OptionalInt.empty());
        }
      }
      tracking.finished();
    }
    return true;
  }

  /** Records the run with its first policy, and trains nothing. */
  public static void begin(Session session) {
    RunRecord.check(session);
    PolicyVersions.start(session, PolicyVersions.first(session));
  }

  /** Iteration 0 of such a run was sampled already, by another policy than its newest. */
  private static void refuseLong2Short(Session session) {
    PolicyVersions.all(session).stream()
        .filter(policy -> policy.method().isPresent() && policy.version() > 0)
        .findFirst()
        .ifPresent(
            policy -> {
              throw new UserError(
                  "run %s: %s made its version %d; go on from it in another run: --set run=NAME --set model.path=%s"
                      .formatted(
                          policy.run(),
                          policy.method().orElseThrow().text(),
                          policy.version(),
                          policy.checkpoint()));
            });
  }

  /** Number of iterations that have their row: they are 0 to this number less one. */
  static int finished(Session session) {
    return finished(session, session.config().run());
  }

  /** The same of any run. */
  static int finished(Session session, String run) {
    List<org.apache.spark.sql.Row> rows =
        session
            .warehouse()
            .read(Iterations.TABLE)
            .where(functions.col("run").equalTo(run))
            .select(Iterations.ITERATION)
            .collectAsList();
    return rows.stream()
        .mapToInt(row -> row.<Integer>getAs(Iterations.ITERATION) + 1)
        .max()
        .orElse(0);
  }
}
