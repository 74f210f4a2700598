package dev.mirrorspark.bench;

import dev.mirrorspark.decode.DecodeEngine;
import dev.mirrorspark.decode.DecodeRequest;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.policy.PolicyHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Decoding without Spark: the rollout's partitions, as many as there are processors, side by side
 * over one policy; every slot decodes one response to its full length.
 */
final class DecodeBench {
  private static final String PART = "decode";

  private final BenchPlan plan;
  private final int workers;

  DecodeBench(BenchPlan plan) {
    this.plan = plan;
    this.workers = workers(plan);
  }

  /** Partitions that decode at the same time in one process. */
  static int workers(BenchPlan plan) {
    return Math.min(
        plan.config().rollout().partitions(), Runtime.getRuntime().availableProcessors());
  }

  /** Seconds of one worker: prefill with the first step, and the steps after it. */
  private record Seconds(double first, double steps) {}

  List<BenchFigure> measure(DeviceRates rates) {
    try (var scope = new PointerScope();
        var lease = PolicyHost.lease(new RandomWeights(plan.shape()), plan.config().model())) {
      List<Double> prefill = new ArrayList<>();
      List<Double> step = new ArrayList<>();
      for (int round = -1; round < plan.rounds(); round++) {
        Seconds[] seconds = new Seconds[workers];
        Rounds.sideBySide(workers, worker -> seconds[worker] = decode(lease, worker));
        if (round >= 0) {
          double slowest = slowest(seconds, false) / steps();
          step.add(slowest);
          prefill.add(Math.max(1e-9, slowest(seconds, true) - slowest));
        }
      }
      return figures(
          Rounds.of(prefill.stream().mapToDouble(d -> d).toArray()),
          Rounds.of(step.stream().mapToDouble(d -> d).toArray()),
          rates);
    } finally {
      PolicyHost.evict();
    }
  }

  private static double slowest(Seconds[] seconds, boolean first) {
    double slowest = 0;
    for (Seconds one : seconds) {
      slowest = Math.max(slowest, first ? one.first() : one.steps());
    }
    return slowest;
  }

  /** Steps after the first one; the prefill samples a token too. */
  private int steps() {
    return plan.response() - 2;
  }

  private Seconds decode(PolicyHost.Lease lease, int worker) {
    int slots = plan.config().rollout().slots();
    var random = new Random(worker);
    List<DecodeRequest> requests = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      int[] prompt = random.ints(plan.prompt(), 0, plan.shape().vocab()).toArray();
      requests.add(new DecodeRequest("bench", slot, prompt, random.nextLong()));
    }
    var sampling = new Sampling(plan.config().rollout().temperature(), plan.response());
    var room = new DecodeEngine.Room(slots, plan.prompt() + plan.response(), 0, plan.cacheType());
    long[] ended = new long[2];
    try (var parameters = Parameters.frozen(plan.shape(), lease.flat());
        var cache = DecodeEngine.cache(parameters, room);
        var engine = new DecodeEngine(parameters, cache, room, sampling, Set.of())) {
      long start = System.nanoTime();
      engine.decode(
          requests.iterator(),
          decoded -> {},
          tokens -> {
            ended[1] = System.nanoTime();
            ended[0] = ended[0] == 0 ? ended[1] : ended[0];
          });
      return new Seconds((ended[0] - start) * 1e-9, (ended[1] - ended[0]) * 1e-9);
    }
  }

  private List<BenchFigure> figures(Rounds prefill, Rounds step, DeviceRates rates) {
    double slots = (double) workers * plan.config().rollout().slots();
    double prefillFlop =
        2 * (plan.productWeights() - (double) plan.shape().vocab() * plan.shape().hidden());
    double tokens = slots * plan.prompt();
    double bytes = workers * stepBytes();
    return List.of(
        BenchFigure.plain(PART, "prefill", tokens / prefill.median(), "tokens/s", prefill.spread())
            .shareOf(tokens * prefillFlop / prefill.median(), rates.gemm(), "GEMM"),
        BenchFigure.plain(PART, "decoding", slots / step.median(), "tokens/s", step.spread())
            .shareOf(bytes / step.median(), rates.copy(), "copy"),
        BenchFigure.plain(PART, "steps of a task", 1 / step.median(), "1/s", step.spread()));
  }

  /** Bytes that a step must read: each weight of a product once, and the mean of the caches. */
  private double stepBytes() {
    double cache =
        IntStream.range(1, plan.response())
            .mapToDouble(
                step ->
                    plan.cacheType()
                        .bytes(
                            plan.shape(),
                            (long) plan.config().rollout().slots() * (plan.prompt() + step),
                            plan.bytes()))
            .average()
            .orElse(0);
    return plan.productWeights() * plan.bytes() + cache;
  }
}
