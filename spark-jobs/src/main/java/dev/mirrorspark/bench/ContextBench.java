package dev.mirrorspark.bench;

import dev.mirrorspark.model.Decoder;
import dev.mirrorspark.model.KvCache;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.Tensors;
import dev.mirrorspark.policy.PolicyHost;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Decoding of one task behind long contexts, against what the memory gives: each step reads the
 * weights of its products and all keys and values. These are random numbers; computing them would
 * take longer than all else, and no step depends on what they are. The most likely token is taken.
 * With one thread on a CPU seconds are those of its processor time.
 */
final class ContextBench {
  private static final String PART = "context";

  /** Numbers whose sum says how fast memory is read: more than caches hold. */
  private static final long READ = 1L << 26;

  /** Tokens of contexts that a round looks back on, so that short ones are not over at once. */
  private static final int A_ROUND = 1 << 17;

  private final BenchPlan plan;
  private final int slots;

  ContextBench(BenchPlan plan) {
    this.plan = plan;
    this.slots = plan.config().rollout().slots();
  }

  List<BenchFigure> measure() {
    List<BenchFigure> figures = new ArrayList<>();
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard();
        var lease = PolicyHost.lease(new RandomWeights(plan.shape()), plan.config().model());
        var parameters = Parameters.frozen(plan.shape(), lease.flat());
        var decoder = new Decoder(parameters)) {
      Tensor memory = lease.flat().new_empty(READ).normal_();
      for (int context : plan.contexts()) {
        figures.addAll(measure(parameters, decoder, memory, context));
      }
      return figures;
    } finally {
      PolicyHost.evict();
    }
  }

  private List<BenchFigure> measure(
      Parameters parameters, Decoder decoder, Tensor memory, int context) {
    long tokens = (long) slots * KvCache.pagesFor(context) * KvCache.PAGE;
    try (var scope = new PointerScope();
        var cache = new KvCache(plan.shape(), tokens, parameters.flat(), plan.cacheType())) {
      cache.noise();
      var sequences = IntStream.range(0, slots).mapToObj(i -> cache.open(context)).toList();
      int steps = Math.max(2, Math.min(64, A_ROUND / (slots * context)));
      double[] read = new double[plan.rounds()];
      double[] step = new double[plan.rounds()];
      for (int round = -1; round < plan.rounds(); round++) {
        double seconds = seconds(() -> Rounds.settle(memory.sum()));
        double decoding =
            seconds(() -> decode(parameters, decoder, cache, sequences, context, steps)) / steps;
        if (round >= 0) {
          read[round] = seconds;
          step[round] = decoding;
        }
      }
      return figures(context, Rounds.of(step), READ * plan.bytes() / Rounds.of(read).median());
    }
  }

  private void decode(
      Parameters parameters,
      Decoder decoder,
      KvCache cache,
      List<KvCache.Sequence> sequences,
      int context,
      int steps) {
    int[] positions = new int[slots];
    Arrays.fill(positions, context - 1);
    try (var scope = new PointerScope()) {
      Tensor tokens = Tensors.indices(new int[slots], parameters.flat().device());
      for (int i = 0; i < steps; i++) {
        try (var inner = new PointerScope()) {
          Tensor hidden = decoder.step(tokens, positions, sequences, cache);
          tokens.copy_(decoder.logits(hidden).argmax(new LongOptional(1), false));
        }
      }
      Rounds.settle(tokens);
    }
  }

  private List<BenchFigure> figures(int context, Rounds step, double read) {
    double bytes = plan.productWeights() * plan.bytes() + slots * cacheBytes(context);
    String name = "%d × %,d tokens: ".formatted(slots, context);
    return List.of(
        BenchFigure.plain(
            PART, name + "decoding", slots / step.median(), "tokens/s", step.spread()),
        BenchFigure.plain(PART, name + "to be read", bytes / slots / 1048576, "MiB a token", 0),
        BenchFigure.plain(PART, name + "read", bytes / step.median() * 1e-9, "GB/s", step.spread())
            .shareOf(bytes / step.median(), read, "%.1f GB/s of a sum".formatted(read * 1e-9)));
  }

  /** Bytes that a token of one response reads of all layers, of windows no more than they span. */
  private double cacheBytes(int context) {
    double sum = 0;
    for (int layer = 0; layer < plan.shape().layers(); layer++) {
      int window = plan.shape().window(layer);
      int seen = window == 0 ? context : Math.min(window, context);
      double all = plan.cacheType().bytes(plan.shape(), seen, plan.bytes());
      sum += all / plan.shape().layers();
    }
    return sum;
  }

  /** Of this thread's processor time where it does all, so that other work counts little. */
  private double seconds(Runnable work) {
    long start = nanos();
    try (var scope = new PointerScope()) {
      work.run();
    }
    return (nanos() - start) * 1e-9;
  }

  private boolean alone() {
    return plan.config().model().device().equals("cpu") && plan.config().model().threads() == 1;
  }

  private long nanos() {
    return alone()
        ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
