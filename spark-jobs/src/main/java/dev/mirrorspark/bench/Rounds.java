package dev.mirrorspark.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.DoubleSupplier;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Seconds of a piece of work over several rounds.
 *
 * @param median of the rounds
 * @param spread (slowest − fastest) / median
 */
record Rounds(double median, double spread) {
  static final int WARM_UP = 2;

  /** Rounds that warm up, then those that count. */
  static Rounds of(int rounds, DoubleSupplier seconds) {
    return of(rounds, WARM_UP, seconds);
  }

  /** The same with so many rounds that warm up. */
  static Rounds of(int rounds, int warmUp, DoubleSupplier seconds) {
    for (int i = 0; i < warmUp; i++) {
      seconds.getAsDouble();
    }
    double[] all = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      all[i] = seconds.getAsDouble();
    }
    return of(all);
  }

  static Rounds of(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return new Rounds(median, (sorted[n - 1] - sorted[0]) / median);
  }

  /** Seconds until all workers are done that start at once, each on a thread of its own. */
  static double sideBySide(int workers, IntConsumer work) {
    var threads = Executors.newFixedThreadPool(workers);
    long[] from = new long[1];
    var start = new CyclicBarrier(workers, () -> from[0] = System.nanoTime());
    try {
      List<Future<Long>> running = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int index = worker;
        running.add(threads.submit(() -> ended(start, index, work)));
      }
      long end = 0;
      for (Future<Long> one : running) {
        end = Math.max(end, one.get());
      }
      return (end - from[0]) * 1e-9;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException fault
          ? fault
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static long ended(CyclicBarrier start, int worker, IntConsumer work)
      throws InterruptedException, BrokenBarrierException {
    start.await();
    try (var scope = new PointerScope();
        var noGrad = new NoGradGuard()) {
      work.accept(worker);
    }
    return System.nanoTime();
  }

  /** Waits until the device has done what led to the tensor. */
  static void settle(Tensor tensor) {
    if (tensor.is_cuda()) {
      tensor.view(-1).narrow(0, 0, 1).cpu();
    }
  }
}
