package dev.mirrorspark.decode;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Speed of {@link DecodeEngine} in tokens a second of its threads' own processor time, so that
 * other work on the machine counts little: threads of one LibTorch thread each, as Spark tasks
 * have.
 *
 * <p>A policy of small random weights ends a response at about one token in {@code vocab / ends};
 * that gives lengths around it, and some up to the limit.
 *
 * <p>Arguments: threads (of one engine with {@code alone} and {@code beside}), then {@code
 * quickstart SLOTS}, {@code smollm2 SLOTS}, {@code alone TOKENS} (one response of that shape
 * without a prompt, as llama.cpp's bench has it), {@code beside SLOTS} (so many of 32 tokens),
 * {@code group TOKENS} (eight responses to each of eight prompts), {@code sampling VOCABULARY}, and
 * so on.
 */
final class DecodeBench {
  private static final ModelShape QUICKSTART =
      new ModelShape("llama", 60, 128, 4, 4, 2, 32, 352, 512, 1e4, 1e-5, false, false, true);
  private static final ModelShape SMOLLM2 =
      new ModelShape("llama", 49152, 576, 30, 9, 3, 64, 1536, 8192, 1e5, 1e-5, false, false, true);

  private DecodeBench() {}

  private record Rate(long tokens, double seconds) {}

  public static void main(String[] arguments) throws Exception {
    NativeMemory.unbounded();
    torch.set_num_threads(1);
    openblas_full.openblas_set_num_threads(1);
    int threads = Integer.parseInt(arguments[0]);
    for (int i = 1; i < arguments.length; i += 2) {
      String[] numbers = arguments[i + 1].split("x");
      int slots = Integer.parseInt(numbers[0]);
      if (arguments[i].equals("sampling")) {
        sampling(slots);
        continue;
      }
      if (arguments[i].equals("group")) {
        group(slots);
        continue;
      }
      if (arguments[i].equals("alone")) {
        beside(threads, 1, slots);
        continue;
      }
      if (arguments[i].equals("beside")) {
        beside(threads, slots, numbers.length == 1 ? 32 : Integer.parseInt(numbers[1]));
        continue;
      }
      boolean small = arguments[i].equals("quickstart");
      var shape = small ? QUICKSTART : SMOLLM2;
      var sampling = small ? new Sampling(1, 200) : new Sampling(1, 60);
      int rounds = small ? 6 : 2;
      var pool = Executors.newFixedThreadPool(threads);
      List<Callable<Rate>> tasks = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        tasks.add(() -> best(shape, slots, sampling, rounds));
      }
      double rate = 0;
      for (var future : pool.invokeAll(tasks)) {
        rate += future.get().tokens() / future.get().seconds();
      }
      pool.shutdown();
      System.out.printf(
          "%s, %d slots: %.0f tokens/s of %d threads%n", arguments[i], slots, rate, threads);
    }
  }

  /** Drawing 64 tokens against the product that makes their logits, at a width of 576. */
  private static void sampling(int vocab) {
    int rows = 64;
    var shape =
        new ModelShape("llama", vocab, 576, 1, 9, 3, 64, 1536, 64, 1e4, 1e-5, false, false, true);
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard()) {
      Tensor hidden = torch.randn(rows, shape.hidden());
      Tensor head = torch.randn(vocab, shape.hidden()).mul_(new Scalar(0.1));
      double[] uniforms = new Random(1).doubles(rows).toArray();
      for (var sampling : List.of(new Sampling(1, 9), new Sampling(0.8, 9))) {
        try (var sampler = new Sampler(shape, rows, sampling, Set.of(2), head)) {
          double product = Double.MAX_VALUE;
          double draw = Double.MAX_VALUE;
          for (int round = 0; round < 8; round++) {
            try (var inner = new PointerScope()) {
              long start = nanos();
              torch.mm_out(sampler.room(rows), hidden, head.t());
              long middle = nanos();
              sampler.draw(sampler.room(rows), uniforms, new boolean[rows]);
              product = Math.min(product, (middle - start) * 1e-6);
              draw = Math.min(draw, (nanos() - middle) * 1e-6);
            }
          }
          System.out.printf(
              "vocabulary %d, %d slots, temperature %.1f: product %.1f ms, sampling %.1f ms,"
                  + " %.1f%%%n",
              vocab, rows, sampling.temperature(), product, draw, 100 * draw / product);
        }
      }
    }
  }

  private static long nanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Responses of so many tokens side by side at the shape of SmolLM2-135M: the best of three. */
  private static void beside(int threads, int slots, int tokens) {
    torch.set_num_threads(threads);
    try (var scope = new PointerScope()) {
      Tensor flat = torch.randn(ParameterLayout.of(SMOLLM2).size()).mul_(new Scalar(0.02));
      double best = 0;
      double ofProcessor = 0;
      List<DecodeRequest> requests = new ArrayList<>();
      for (int i = 0; i < slots; i++) {
        requests.add(new DecodeRequest("p" + i, 0, new int[] {1 + i}, 3 + i));
      }
      for (int round = 0; round < 3; round++) {
        try (var parameters = Parameters.frozen(SMOLLM2, flat);
            var engine =
                new DecodeEngine(
                    parameters, slots, tokens + 9, new Sampling(1, tokens), Set.of())) {
          long start = System.nanoTime();
          long from = nanos();
          engine.decode(requests.iterator(), d -> {}, n -> {});
          double all = 1e9 * slots * tokens;
          best = Math.max(best, all / (System.nanoTime() - start));
          ofProcessor = Math.max(ofProcessor, all / (nanos() - from));
        }
      }
      System.out.printf(
          "smollm2, %d responses of %d tokens, %d threads: %.1f tokens/s, %.1f of the first's own time%n",
          slots, tokens, threads, best, ofProcessor);
    }
  }

  /** Eight responses to each of eight prompts of so many tokens, together and apart. */
  private static void group(int length) {
    var random = new Random(1);
    List<DecodeRequest> together = new ArrayList<>();
    for (int p = 0; p < 8; p++) {
      int[] prompt = random.ints(length, 0, 49152).toArray();
      for (int s = 0; s < 8; s++) {
        together.add(new DecodeRequest("p" + p, s, prompt, Seeds.response(1, 0, "p" + p, s)));
      }
    }
    List<DecodeRequest> apart = new ArrayList<>();
    for (int s = 0; s < 8; s++) {
      for (int i = s; i < together.size(); i += 8) {
        apart.add(together.get(i));
      }
    }
    try (var scope = new PointerScope()) {
      Tensor flat = torch.randn(ParameterLayout.of(SMOLLM2).size()).mul_(new Scalar(0.02));
      for (var requests : List.of(together, apart)) {
        try (var parameters = Parameters.frozen(SMOLLM2, flat);
            var engine =
                new DecodeEngine(parameters, 64, length + 4, new Sampling(1, 2), Set.of())) {
          long start = nanos();
          engine.decode(requests.iterator(), d -> {}, n -> {});
          System.out.printf(
              "8 responses to each of 8 prompts of %d tokens, %s: %d tokens of prompts computed,"
                  + " %.1f s%n",
              length,
              requests == together ? "together" : "apart",
              engine.prefillTokens(),
              (nanos() - start) * 1e-9);
        }
      }
    }
  }

  /** The best of several rounds of twice as many responses as slots. */
  private static Rate best(ModelShape shape, int slots, Sampling sampling, int rounds) {
    Rate best = new Rate(0, 1);
    try (var scope = new PointerScope()) {
      Tensor flat = torch.randn(ParameterLayout.of(shape).size()).mul_(new Scalar(0.02));
      for (int round = 0; round < rounds; round++) {
        Rate rate = round(shape, flat, slots, sampling);
        best = rate.tokens() / rate.seconds() > best.tokens() / best.seconds() ? rate : best;
      }
    }
    return best;
  }

  private static Rate round(ModelShape shape, Tensor flat, int slots, Sampling sampling) {
    var random = new Random(1);
    List<DecodeRequest> requests = new ArrayList<>();
    for (int i = 0; i < 2 * slots; i++) {
      int[] prompt = random.ints(20 + random.nextInt(15), 0, 60).toArray();
      requests.add(new DecodeRequest("p" + i, 0, prompt, Seeds.response(1, 0, "p" + i, 0)));
    }
    long[] tokens = new long[1];
    var bean = ManagementFactory.getThreadMXBean();
    long from = bean.getCurrentThreadCpuTime();
    try (var parameters = Parameters.frozen(shape, flat);
        var engine = new DecodeEngine(parameters, slots, 240, sampling, Set.of(2))) {
      engine.decode(requests.iterator(), d -> tokens[0] += d.tokens().length, n -> {});
    }
    return new Rate(tokens[0], (bean.getCurrentThreadCpuTime() - from) * 1e-9);
  }
}
