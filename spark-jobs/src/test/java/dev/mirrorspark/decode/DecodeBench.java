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
 * <p>Arguments: threads, then {@code quickstart SLOTS} or {@code smollm2 SLOTS}, and so on.
 */
final class DecodeBench {
  private static final ModelShape QUICKSTART =
      new ModelShape("llama", 60, 128, 4, 4, 2, 32, 352, 512, 1e4, 1e-5, false, false, true);
  private static final ModelShape SMOLLM2 =
      new ModelShape("llama", 49152, 576, 30, 9, 3, 64, 1536, 8192, 1e5, 1e-5, false, false, true);

  private DecodeBench() {}

  private record Rate(long tokens, double seconds) {}

  public static void main(String[] arguments) throws Exception {
    torch.set_num_threads(1);
    openblas_full.openblas_set_num_threads(1);
    int threads = Integer.parseInt(arguments[0]);
    for (int i = 1; i < arguments.length; i += 2) {
      int slots = Integer.parseInt(arguments[i + 1]);
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
