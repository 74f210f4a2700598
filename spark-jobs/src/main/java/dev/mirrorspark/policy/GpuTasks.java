package dev.mirrorspark.policy;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.TaskResourceProfile;
import org.apache.spark.resource.TaskResourceRequests;

/**
 * Asks Spark for one GPU for each task that computes with a policy, and for none for any other.
 *
 * <p>The profile names task resources alone: Spark (3.5.1 and later on standalone, YARN and
 * Kubernetes) then runs such tasks on the executors that are there, with the policies that they
 * hold. Local mode knows no profiles; there the first GPU serves all tasks. Where {@code
 * spark.task.resource.gpu.amount} is set every task asks already, and nothing is added.
 */
public final class GpuTasks {
  static final String GPU = "gpu";
  private static final String OF_EXECUTOR = "spark.executor.resource.gpu.amount";
  private static final String OF_EVERY_TASK = "spark.task.resource.gpu.amount";
  private static final String DYNAMIC = "spark.dynamicAllocation.enabled";
  private static final String PATIENCE = "spark.scheduler.maxRegisteredResourcesWaitingTime";
  private static final long POLL_NANOS = 50_000_000;

  private GpuTasks() {}

  /**
   * The same partitions, computed by tasks with a GPU each where the policy computes on GPUs.
   *
   * @throws UserError if Spark was not told that executors have GPUs
   */
  public static <T> JavaRDD<T> on(JavaRDD<T> work, RunConfig.Model place) {
    return profile(work.rdd().sparkContext(), place).map(work::withResources).orElse(work);
  }

  /**
   * What Spark is asked for; empty where there is nothing to ask for.
   *
   * @throws UserError if Spark was not told that executors have GPUs
   */
  public static Optional<ResourceProfile> profile(SparkContext spark, RunConfig.Model place) {
    if (!asks(spark.getConf(), spark.isLocal(), place)) {
      return Optional.empty();
    }
    var profile = new TaskResourceProfile(new TaskResourceRequests().resource(GPU, 1).requests());
    var profiles = spark.resourceProfileManager();
    var known = profiles.getEquivalentProfile(profile); // else each job would leave one behind
    return Optional.of(known.isDefined() ? known.get() : profile);
  }

  /** Whether tasks ask for a GPU by a profile of their own. */
  static boolean asks(SparkConf conf, boolean local, RunConfig.Model place) {
    if (!place.device().equals("cuda") || local || conf.contains(OF_EVERY_TASK)) {
      return false;
    }
    if (conf.getInt(OF_EXECUTOR, 0) < 1) {
      throw new UserError(
          OF_EXECUTOR
              + " is not set, but model.device = cuda needs a GPU for each task of a rollout and of"
              + " an update: start with --conf "
              + OF_EXECUTOR
              + "=1 (docs/clusters.md), or set model.device=cpu");
    }
    if (conf.getBoolean(DYNAMIC, false)) {
      throw new UserError(
          DYNAMIC
              + " = true: Spark then gives no task a GPU of its own, and an update needs a fixed"
              + " number of executors; set it to false, with model.device = cuda");
    }
    return true;
  }

  /**
   * Waits until an executor with a GPU is there, if the policy computes on GPUs.
   *
   * @throws UserError if none comes within Spark's own patience at the start, or Spark was not told
   *     that executors have GPUs
   */
  public static void await(SparkContext spark, RunConfig.Model place) {
    Optional<ResourceProfile> profile = profile(spark, place);
    if (profile.isEmpty()) {
      return;
    }
    spark.resourceProfileManager().addResourceProfile(profile.get());
    var conf = spark.getConf();
    var patience = Duration.ofSeconds(conf.getTimeAsSeconds(PATIENCE, "300s"));
    long start = System.nanoTime();
    while (spark.maxNumConcurrentTasks(profile.get()) == 0) {
      if (System.nanoTime() - start > patience.toNanos()) {
        throw new UserError(
            ("%s = %s: no executor with a GPU came within %d s (%s): the cluster has none to give."
                    + " On standalone, workers must be started with spark.worker.resource.gpu.amount"
                    + " and a discovery script such as submit/gpus, and with enough of them free;"
                    + " see docs/clusters.md, or set model.device=cpu")
                .formatted(OF_EXECUTOR, conf.get(OF_EXECUTOR), patience.toSeconds(), PATIENCE));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
