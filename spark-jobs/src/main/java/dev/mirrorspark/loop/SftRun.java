package dev.mirrorspark.loop;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.train.SftStage;
import dev.mirrorspark.train.Trained;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/** The `sft` command: the supervised warm-up of a run's first policy (Kimi k1.5, 2.2). */
public final class SftRun {
  private SftRun() {}

  /**
   * Trains and commits the warmed-up policy; goes on where an earlier process stopped, and does
   * nothing where it is committed.
   *
   * @throws UserError if the run was started with other settings, or has no warm-up examples
   */
  public static Policy run(Session session) {
    RunRecord.check(session);
    MachineMemory.check(session);
    Policy first = PolicyVersions.first(session);
    List<Policy> versions = PolicyVersions.all(session);
    var done = versions.stream().filter(SftRun::warmedUp).findFirst();
    var spark = JavaSparkContext.fromSparkContext(session.spark().sparkContext());
    if (done.isPresent()) {
      SftStage.release(session.storage(), session.config());
      return done.get();
    }
    if (versions.size() > 1) {
      throw new UserError(
          "run "
              + session.config().run()
              + " has other training behind it: a warm-up comes first; start another run"
              + " with --set run=NAME");
    }
    Trained trained = train(session, spark, first);
    FaultPoint.pass("sft", 0);
    Policy policy = PolicyVersions.commitWarmUp(session, first, trained);
    FaultPoint.pass("sft-commit", 0);
    SftStage.release(session.storage(), session.config());
    return policy;
  }

  private static boolean warmedUp(Policy policy) {
    return policy.producedBy() == ProducedBy.SFT && policy.method().isEmpty();
  }

  private static Trained train(Session session, JavaSparkContext spark, Policy first) {
    long start = System.nanoTime();
    Runnable begins = () -> PolicyVersions.start(session, first);
    try (var live = new LiveSteps(session.progress(), "warm-up (sft)", begins)) {
      Trained trained =
          SftStage.run(
              spark,
              session.warehouse().read(Prompts.TABLE),
              session.config(),
              PolicyVersions.weights(session, first),
              PolicyVersions.output(session, first),
              live);
      double seconds = (System.nanoTime() - start) * 1e-9;
      session
          .progress()
          .line(
              "warm-up (sft): %d steps, %,d tokens, last loss %.3f, %s"
                  .formatted(
                      trained.steps().size(),
                      trained.tokens(),
                      trained.steps().get(trained.steps().size() - 1).loss(),
                      Progress.duration(seconds)));
      return trained;
    }
  }
}
