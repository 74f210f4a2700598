package dev.mirrorspark.train;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.policy.GpuTasks;
import dev.mirrorspark.train.UpdateTask.Outcome;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * All steps of one phase, in one barrier stage of Spark: its tasks run side by side, and one that
 * is lost starts the stage again, from the newest snapshot or from the weights before the first
 * step, with the same bits.
 */
final class TrainPhase {
  private TrainPhase() {}

  /**
   * Takes the steps, and writes the weights; does neither where an earlier process has.
   *
   * @throws UserError if a step fails, or Spark's settings forbid barrier stages
   */
  static Trained run(
      JavaSparkContext spark,
      Phase phase,
      StepPlan plan,
      JavaRDD<Sample> samples,
      StepListener listener) {
    listener.begins();
    Optional<Trained> done = phase.snapshots().done();
    if (done.isPresent()) {
      return done.get();
    }
    refuseDynamicAllocation(spark);
    refuseSpread(phase);
    refuseVision(phase);
    FolderWriter.begin(phase.output().storage(), phase.output().folder());
    var live = new CollectionAccumulator<StepRecord>();
    spark.sc().register(live);
    var progress = new StepProgress(live, listener, phase.steps());
    spark.sc().addSparkListener(progress);
    try {
      Trained trained = trained(outcomes(spark, phase, plan, samples, live));
      progress.finish(trained.steps());
      phase.snapshots().finish(trained);
      return trained;
    } finally {
      spark.sc().removeSparkListener(progress);
    }
  }

  private static List<Outcome> outcomes(
      JavaSparkContext spark,
      Phase phase,
      StepPlan plan,
      JavaRDD<Sample> samples,
      CollectionAccumulator<StepRecord> live) {
    int ranks = phase.update().ranks();
    int tasks = Math.min(ranks, tasks(spark, phase));
    ClassTag<Outcome> tag = ClassTag$.MODULE$.apply(Outcome.class);
    var outcomes =
        plan.lay(spark, samples, ranks, tasks)
            .rdd()
            .barrier()
            .mapPartitions(new UpdateTask(phase, live), false, tag)
            .toJavaRDD();
    return TaskFailure.collect(
        GpuTasks.on(outcomes, phase.place())
            .coalesce(1, true)); // Spark tries a barrier stage again only where a shuffle follows
  }

  /** On GPUs one task has all ranks, since ranks on several GPUs cannot meet yet. */
  private static int tasks(JavaSparkContext spark, Phase phase) {
    if (phase.place().device().equals("cuda") && !spark.sc().isLocal()) {
      return 1;
    }
    var profile = spark.sc().resourceProfileManager().defaultResourceProfile();
    return Math.max(1, spark.sc().maxNumConcurrentTasks(profile));
  }

  private static void refuseVision(Phase phase) {
    String train = phase.place().vision().train();
    if (!train.equals("all") && !phase.shape(0).vision().present()) {
      throw new UserError(
          "model.vision.train = %s: the policy reads text alone, so that nothing of it sees; set it to all"
              .formatted(train));
    }
  }

  private static void refuseSpread(Phase phase) {
    if (phase.update().spreadAbove() > 0 && phase.shape(0).vision().present()) {
      throw new UserError(
          "update.spread_above = %d: the policy sees pictures, and a sequence with one is not spread yet; set it to 0"
              .formatted(phase.update().spreadAbove()));
    }
    if (phase.update().spreadAbove() > 0 && phase.place().device().equals("cuda")) {
      throw new UserError(
          "update.spread_above with model.device = cuda: the ranks of an update share one GPU, so"
              + " that spreading a sequence saves nothing; set it to 0 (update.recompute saves"
              + " memory there)");
    }
  }

  private static void refuseDynamicAllocation(JavaSparkContext spark) {
    if (spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false)) {
      throw new UserError(
          "spark.dynamicAllocation.enabled = true: the ranks of an update run side by side, which"
              + " Spark does not do while executors come and go; set it to false for this"
              + " command (--conf spark.dynamicAllocation.enabled=false)");
    }
  }

  /** What rank 0 says: that is what it showed and saved; the others differ in their times. */
  private static Trained trained(List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Refused refused) {
        throw new UserError(refused.reason());
      }
    }
    return outcomes.stream()
        .map(outcome -> ((Outcome.Done) outcome))
        .min(Comparator.comparingInt(Outcome.Done::firstRank))
        .orElseThrow()
        .trained();
  }
}
