package dev.mirrorspark.decode;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.model.Parameters;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Partial rollouts on and off on the lengths of conf/experiments/partial-rollouts.yaml without
 * Spark and without learning: one partition of 64 slots, 32 x 8 responses in an iteration, five in
 * six of 40 to 60 tokens and one in six of 200 to 320.
 *
 * <p>Speed is in tokens a second of the thread's processor time. Arguments: iterations, rounds of
 * off and on in turn, of which the first warms up, and what to try: a budget (0: none), with {@code
 * /} the least share of busy slots behind it, 0.9 if it is left out.
 */
final class TailBench {
  private static final ModelShape SHAPE =
      new ModelShape("qwen2", 60, 128, 4, 4, 2, 32, 352, 512, 1e2, 1e-5, true, false, false);
  private static final int SLOTS = 64;
  private static final String STOP = "s".repeat(400);

  private TailBench() {}

  public static void main(String[] arguments) {
    NativeMemory.unbounded();
    torch.set_num_threads(1);
    openblas_full.openblas_set_num_threads(1);
    int iterations = Integer.parseInt(arguments[0]);
    try (var scope = new PointerScope()) {
      Tensor flat = torch.randn(ParameterLayout.of(SHAPE).size()).mul_(new Scalar(0.05));
      Map<String, List<Double>> ratios = new TreeMap<>();
      for (int round = 0; round <= Integer.parseInt(arguments[1]); round++) {
        double off = run("off", flat, new Sampling(1, 352), iterations);
        for (int i = 2; i < arguments.length; i++) {
          String[] tried = arguments[i].split("/");
          double full = tried.length > 1 ? Double.parseDouble(tried[1]) : 0.9;
          var sampling = new Sampling(1, 352, Integer.parseInt(tried[0]), full, 0);
          double on = run("on, " + arguments[i], flat, sampling, iterations);
          if (round > 0) {
            ratios.computeIfAbsent(arguments[i], b -> new ArrayList<>()).add(on / off);
          }
        }
      }
      ratios.forEach(
          (tried, all) ->
              System.out.println(
                  tried
                      + ", on / off, sorted: "
                      + all.stream().sorted().map("%.3f"::formatted).toList()));
    }
  }

  private static double run(String name, Tensor flat, Sampling sampling, int iterations) {
    List<DecodeRequest> unfinished = new ArrayList<>();
    var random = new Random(7);
    long tokens = 0;
    long prefill = 0;
    double seconds = 0;
    long steps = 0;
    long busy = 0;
    for (int iteration = 0; iteration < iterations; iteration++) {
      List<DecodeRequest> requests = new ArrayList<>(unfinished);
      unfinished.clear();
      for (int p = 0; p < 32; p++) {
        int[] prompt = random.ints(30, 3, 60).toArray();
        for (int s = 0; s < 8; s++) {
          String id = "p" + iteration + "-" + p;
          requests.add(new DecodeRequest(id, s, prompt, Seeds.response(1, iteration, id, s)));
        }
      }
      List<Decoded> all = new ArrayList<>();
      long from = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      var ends = new EndTest(Set.of(), List.of(STOP), TailBench::text);
      try (var parameters = Parameters.frozen(SHAPE, flat);
          var engine =
              new DecodeEngine(
                  parameters, new DecodeEngine.Room(SLOTS, 30 + 352, 0), sampling, ends)) {
        engine.decode(requests.iterator(), all::add, n -> {});
        if (iteration > 0) { // the first one has nothing to go on with
          seconds += (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - from) * 1e-9;
          tokens += all.stream().mapToLong(d -> d.tokens().length).sum();
          prefill += engine.prefillTokens();
          steps += engine.slotSteps();
          busy += engine.busySteps();
        }
      }
      for (Decoded d : all) {
        if (d.stopReason() == StopReason.BUDGET) {
          unfinished.add(DecodeEngineTest.joined(d).request());
        }
      }
    }
    System.out.printf(
        "%s: %.0f tokens/s, %d tokens of prompts and earlier segments for %d, idle %.1f%%%n",
        name, tokens / seconds, prefill, tokens, 100 * (1 - (double) busy / steps));
    return tokens / seconds;
  }

  /** The stop text once a response has the length that its first tokens stand for. */
  private static String text(int[] tokens) {
    var random = new Random(Arrays.hashCode(Arrays.copyOf(tokens, Math.min(4, tokens.length))));
    random.nextInt();
    int wanted = random.nextInt(6) == 0 ? 200 + random.nextInt(120) : 40 + random.nextInt(20);
    return tokens.length >= wanted ? STOP : "";
  }
}
