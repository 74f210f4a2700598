package dev.mirrorspark.decode;

import dev.mirrorspark.config.EngineConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.DecodeCounters.Finished;
import dev.mirrorspark.model.CacheType;
import dev.mirrorspark.policy.GpuTasks;
import dev.mirrorspark.policy.PolicyVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Responses to prompts, decoded in Spark tasks: one task a logical partition, each with the policy
 * that its executor holds.
 *
 * <p>Use: open, run one action on {@link #responses()}, read {@link #totals()}, close.
 */
public final class DecodeJob implements AutoCloseable {

  /**
   * What a finished job did; each partition counts once, however often it was computed.
   *
   * @param modelSeconds wall time of the decoding engine, with every core at work throughout or in
   *     the slowest task, whichever is longer
   * @param idleSlots share of the decoding slots' steps without a response; 0 without a step
   */
  public record Totals(int responses, long tokens, double modelSeconds, double idleSlots) {}

  /** With fewer prompts a partition their responses are dealt out singly, for balance. */
  private static final int GROUPS_A_PARTITION = 8;

  private final JavaSparkContext spark;
  private final int total;
  private final ProgressSink sink;
  private final DecodeCounters counters;
  private final DecodeProgress progress;
  private final JavaRDD<Response> responses;

  /**
   * Prepares the job; nothing runs yet.
   *
   * @param config its model and rollout sections say where and in how many partitions and slots
   * @param requests dealt out in turn to the partitions, so that their loads balance; those of a
   *     prompt together where there are enough prompts
   * @param sink receives the progress while the action runs
   */
  public DecodeJob(
      SparkSession session,
      RunConfig config,
      PolicyVersion policy,
      Sampling sampling,
      List<PromptRequest> requests,
      ProgressSink sink) {
    this(session, config, policy, sampling, requests, sink, Optional.empty());
  }

  /**
   * The same, by another engine where one is given.
   *
   * @param model name of the policy at the servers of {@code rollout.engine}; empty: the built-in
   *     engine
   */
  public DecodeJob(
      SparkSession session,
      RunConfig config,
      PolicyVersion policy,
      Sampling sampling,
      List<PromptRequest> requests,
      ProgressSink sink,
      Optional<String> model) {
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.total = requests.size();
    this.sink = sink;
    this.counters = DecodeCounters.register(spark.sc());
    this.progress = new DecodeProgress(counters, total, sink);
    var rollout = config.rollout();
    var task =
        new DecodeTask(
            policy,
            config.model(),
            sampling,
            rollout.slots(),
            rollout.cacheTokens(),
            CacheType.labelled(rollout.cacheType()),
            counters);
    var shares = spark.parallelize(shares(requests, rollout.partitions()), rollout.partitions());
    this.responses =
        model
            .map(name -> shares.flatMap(byEngine(rollout.engine(), task, name)))
            .orElseGet(() -> GpuTasks.on(shares.flatMap(task), config.model()));
    sink.update(0, total, 0);
    spark.sc().addSparkListener(progress);
  }

  private EngineTask byEngine(EngineConfig engine, DecodeTask task, String model) {
    return new EngineTask(task, engine, model, spark.broadcast(new HttpDoor(engine.http())));
  }

  private static List<DecodeTask.Share> shares(List<PromptRequest> requests, int partitions) {
    List<List<PromptRequest>> dealt = together(requests);
    if (dealt.size() < GROUPS_A_PARTITION * partitions) {
      dealt = requests.stream().map(List::of).toList();
    }
    List<DecodeTask.Share> shares = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      List<PromptRequest> share = new ArrayList<>();
      for (int i = partition; i < dealt.size(); i += partitions) {
        share.addAll(dealt.get(i));
      }
      shares.add(new DecodeTask.Share(partition, share));
    }
    return shares;
  }

  /** Successive requests that can share their prompt, one list for each prompt. */
  private static List<List<PromptRequest>> together(List<PromptRequest> requests) {
    List<List<PromptRequest>> groups = new ArrayList<>();
    String last = "";
    for (PromptRequest request : requests) {
      String prompt = sharedPrompt(request);
      if (prompt.isEmpty() || !prompt.equals(last)) {
        groups.add(new ArrayList<>());
      }
      groups.get(groups.size() - 1).add(request);
      last = prompt;
    }
    return groups;
  }

  /** Names the prompt that a request can share with its neighbours; empty: none. */
  private static String sharedPrompt(PromptRequest request) {
    var begun = request.begun();
    if (!begun.sharesPrompt(begun.promptTokens().length, request.picture())) {
      return "";
    }
    return begun.segments() == 0 ? request.promptId() : begun.born() + "/" + request.promptId();
  }

  /** The responses, decoded anew by every action. */
  public JavaRDD<Response> responses() {
    return responses;
  }

  /** What the action did, after it; tells the sink that all is done. */
  public Totals totals() {
    progress.close();
    Map<Integer, Finished> partitions = new HashMap<>();
    counters.finished().value().forEach(part -> partitions.put(part.partition(), part));
    var parts = partitions.values();
    int count = parts.stream().mapToInt(Finished::responses).sum();
    long tokens = parts.stream().mapToLong(Finished::tokens).sum();
    sink.update(count, total, tokens);
    double sum = parts.stream().mapToDouble(Finished::modelSeconds).sum();
    double slowest = parts.stream().mapToDouble(Finished::modelSeconds).max().orElse(0);
    long slotSteps = parts.stream().mapToLong(Finished::slotSteps).sum();
    long busySteps = parts.stream().mapToLong(Finished::busySteps).sum();
    return new Totals(
        count,
        tokens,
        Math.max(slowest, sum / spark.defaultParallelism()),
        slotSteps == 0 ? 0 : 1 - (double) busySteps / slotSteps);
  }

  @Override
  public void close() {
    progress.close();
    spark.sc().removeSparkListener(progress);
  }
}
