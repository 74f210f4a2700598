package dev.mirrorspark.model;

import dev.mirrorspark.model.TrainingPass.Settings;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Speed of {@link TrainingPass} as a share of the fp32 matrix product's in the same run: threads of
 * one LibTorch thread each, as Spark tasks have, with parameters of their own. Rates are per second
 * of the threads' own processor time, so that other work on the machine counts little.
 *
 * <p>Arguments: {@code quickstart [micro-batch tokens ...]}, {@code smollm2 [layers]} or {@code
 * lengths [layers]}.
 */
final class EngineBench {
  private static final ModelShape QUICKSTART =
      new ModelShape("llama", 60, 128, 4, 4, 2, 32, 352, 512, 1e4, 1e-5, false, false, true);

  private EngineBench() {}

  private record Work(ModelShape shape, List<PackedSequences> batches, Settings settings) {}

  /** FLOP and tokens of one round of one thread, and its seconds. */
  private record Rate(double flop, double tokens, double seconds) {}

  public static void main(String[] arguments) throws Exception {
    torch.set_num_threads(1);
    openblas_full.openblas_set_num_threads(1);
    try (var scope = new PointerScope()) {
      torch.ones(2).requires_grad_(true).square().sum().backward();
    }
    int number = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
    switch (arguments[0]) {
      case "quickstart" -> {
        for (int i = 1; i < arguments.length; i++) {
          int tokens = Integer.parseInt(arguments[i]);
          compare("micro-batch " + tokens, quickstart(tokens), 2);
        }
      }
      case "smollm2" -> {
        int layers = number == 0 ? 30 : number;
        compare("smollm2, " + layers + " layers", smollm2(layers, false, 512, 2), 2);
        compare("with recompute", smollm2(layers, true, 512, 2), 2);
      }
      case "lengths" -> {
        for (int length = 512; length <= 8192; length *= 2) {
          compare("one sequence of " + length, smollm2(number, false, length, 1), 1);
          System.out.printf("  peak resident so far %d MB%n", peakMegabytes());
        }
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static Work quickstart(int tokens) {
    var random = new Random(1);
    List<PackedSequences> batches = new ArrayList<>();
    for (int i = 0; i < Math.max(1, 6800 / tokens); i++) {
      List<int[]> sequences = new ArrayList<>();
      for (int n = 0; n + 110 <= tokens; n += sequences.get(sequences.size() - 1).length) {
        sequences.add(random.ints(85 + random.nextInt(51), 0, 60).toArray());
      }
      batches.add(PackedSequences.of(sequences));
    }
    return new Work(QUICKSTART, batches, new Settings(false, 4096));
  }

  private static Work smollm2(int layers, boolean recompute, int length, int count) {
    var shape =
        new ModelShape(
            "llama", 49152, 576, layers, 9, 3, 64, 1536, 8192, 1e5, 1e-5, false, false, true);
    var random = new Random(1);
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sequences.add(random.ints(length, 0, shape.vocab()).toArray());
    }
    return new Work(shape, List.of(PackedSequences.of(sequences)), new Settings(recompute, 512));
  }

  private static void compare(String what, Work work, int threads) throws Exception {
    var pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<List<Rate>>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        tasks.add(() -> rates(work));
      }
      double gemm = 0;
      double train = 0;
      double tokens = 0;
      for (var future : pool.invokeAll(tasks)) {
        List<Rate> rates = future.get();
        gemm += rates.get(0).flop() / rates.get(0).seconds();
        train += rates.get(1).flop() / rates.get(1).seconds();
        tokens += rates.get(1).tokens() / rates.get(1).seconds();
      }
      System.out.printf(
          "%s: gemm %.1f GFLOP/s, training %.1f GFLOP/s = %.1f%%, %.0f tokens/s%n",
          what, gemm * 1e-9, train * 1e-9, 100 * train / gemm, tokens);
    } finally {
      pool.shutdown();
    }
  }

  /** The best of several short rounds of each kind, turn by turn. */
  private static List<Rate> rates(Work work) {
    var shape = work.shape();
    try (var scope = new PointerScope()) {
      Tensor flat = torch.randn(ParameterLayout.of(shape).size()).mul_(new Scalar(0.02));
      Tensor left = torch.randn(2048, 2048);
      Tensor right = torch.randn(2048, 2048);
      try (var parameters = Parameters.trainable(shape, flat);
          var pass = new TrainingPass(parameters, work.settings())) {
        double flop = 0;
        double tokens = 0;
        for (PackedSequences batch : work.batches()) {
          flop += flop(shape, batch);
          tokens += batch.tokens().length;
        }
        Rate gemm = new Rate(0, 0, 1);
        Rate train = new Rate(0, 0, 1);
        long end = System.nanoTime() + 12_000_000_000L;
        for (int round = 0; round < 3 || round < 20 && System.nanoTime() < end; round++) {
          double seconds = cpuSeconds(() -> left.mm(right));
          gemm = better(gemm, new Rate(2.0 * 2048 * 2048 * 2048, 0, seconds));
          seconds = cpuSeconds(() -> work.batches().forEach(batch -> accumulate(pass, batch)));
          train = better(train, new Rate(flop, tokens, seconds));
        }
        return List.of(gemm, train);
      }
    }
  }

  private static void accumulate(TrainingPass pass, PackedSequences batch) {
    int n = batch.tokens().length - batch.count();
    int[] places = new int[n];
    int[] targets = new int[n];
    int next = 0;
    for (int s = 0; s < batch.count(); s++) {
      for (int i = batch.starts()[s]; i + 1 < batch.starts()[s + 1]; i++) {
        places[next] = i;
        targets[next++] = batch.tokens()[i + 1];
      }
    }
    pass.accumulate(batch, places, targets, 1, logprobs -> logprobs);
  }

  /** 6 FLOP a weight of a product and token, and causal attention's products three times. */
  private static double flop(ModelShape shape, PackedSequences batch) {
    double layer =
        (double) shape.hidden()
            * (2 * shape.queryWidth() + 2 * shape.keyWidth() + 3.0 * shape.intermediate());
    double weights = shape.layers() * layer + (double) shape.vocab() * shape.hidden();
    double flop = 6 * weights * batch.tokens().length;
    for (int s = 0; s < batch.count(); s++) {
      double length = batch.length(s);
      flop += 3 * shape.layers() * 2 * length * length * shape.queryWidth();
    }
    return flop;
  }

  private static Rate better(Rate one, Rate other) {
    return one.flop() / one.seconds() > other.flop() / other.seconds() ? one : other;
  }

  private static double cpuSeconds(Runnable work) {
    var threads = ManagementFactory.getThreadMXBean();
    long from = threads.getCurrentThreadCpuTime();
    try (var scope = new PointerScope()) {
      work.run();
    }
    return (threads.getCurrentThreadCpuTime() - from) * 1e-9;
  }

  private static long peakMegabytes() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return 0;
  }
}
