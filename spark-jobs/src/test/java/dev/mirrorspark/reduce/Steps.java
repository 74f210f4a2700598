package dev.mirrorspark.reduce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Two steps of an update in small, by ranks and by a loop in Java. */
final class Steps {
  static final int COUNT = 2;

  private Steps() {}

  /** Numbers of many magnitudes, so that another order of the sum gives other bits. */
  static float gradient(int step, int rank, long i) {
    long mixed = (i * 31 + rank * 7 + step + 1) * 0x9E3779B97F4A7C15L;
    mixed ^= mixed >>> 29;
    float unit = (mixed >>> 40) / (float) (1 << 24) - 0.5f;
    return Math.scalb(unit, (int) (mixed & 15) - 8);
  }

  /** The weights after all steps, from 0: each step adds the sum of gradients. */
  static float[] expected(int size, int count) {
    float[] flat = new float[size];
    for (int step = 0; step < COUNT; step++) {
      for (int i = 0; i < size; i++) {
        float sum = gradient(step, 0, i);
        for (int rank = 1; rank < count; rank++) {
          sum += gradient(step, rank, i);
        }
        flat[i] += sum;
      }
    }
    return flat;
  }

  static Tensor zeros(long length) {
    return torch
        .empty(new long[] {length}, new TensorOptions(ScalarType.Float), new MemoryFormatOptional())
        .fill_(new Scalar(0f));
  }

  static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.numel()];
    tensor.data_ptr_float().get(values);
    return values;
  }

  /** The steps of one rank; {@code flat} is shared by the ranks of the process. */
  static void run(Ranks ranks, Tensor flat, Consumer<Integer> beforeStep) {
    int size = (int) ranks.shards().size();
    long from = ranks.shards().from(ranks.rank());
    long length = ranks.shards().length(ranks.rank());
    try (var scope = new PointerScope()) {
      Tensor gradient = zeros(size);
      Tensor shard = zeros(length);
      float[] values = new float[size];
      for (int step = 0; step < COUNT; step++) {
        beforeStep.accept(step);
        for (int i = 0; i < size; i++) {
          values[i] = gradient(step, ranks.rank(), i);
        }
        gradient.data_ptr_float().put(values);
        ranks.sum(gradient, shard);
        gradient.fill_(new Scalar(Float.NaN));
        flat.narrow(0, from, length).add_(shard);
        ranks.share(flat);
        parts(ranks);
        String mine = "%d of step %d".formatted(ranks.rank(), step).repeat(ranks.rank());
        List<byte[]> all = ranks.gather(mine.getBytes());
        for (int rank = 0; rank < ranks.count(); rank++) {
          String theirs = "%d of step %d".formatted(rank, step).repeat(rank);
          if (!theirs.equals(new String(all.get(rank)))) {
            throw new AssertionError(theirs + " is not " + new String(all.get(rank)));
          }
        }
      }
    }
  }

  /** Parts of rows in fp64: their gather is exact, their sum by rank. */
  private static void parts(Ranks ranks) {
    int length = 1_000;
    int count = ranks.count();
    double[] mine = new double[length];
    Arrays.fill(mine, ranks.rank() + 0.5);
    double[] whole = new double[count * length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = gradient(0, ranks.rank(), i);
    }
    Tensor part = ofDoubles(mine);
    Tensor gathered = ofDoubles(whole);
    ranks.gatherParts(part, gathered);
    part.fill_(new Scalar(-1));
    double[] all = new double[whole.length];
    gathered.data_ptr_double().get(all);
    for (int i = 0; i < all.length; i++) {
      check(i / length + 0.5, all[i]);
    }
    ranks.sumParts(ofDoubles(whole), part);
    part.data_ptr_double().get(mine);
    for (int i = 0; i < length; i++) {
      long place = (long) ranks.rank() * length + i;
      double sum = gradient(0, 0, place);
      for (int rank = 1; rank < count; rank++) {
        sum += gradient(0, rank, place);
      }
      check(sum, mine[i]);
    }
  }

  private static void check(double expected, double found) {
    if (expected != found) {
      throw new AssertionError(expected + " is not " + found);
    }
  }

  private static Tensor ofDoubles(double[] values) {
    Tensor tensor =
        torch.empty(
            new long[] {values.length},
            new TensorOptions(ScalarType.Double),
            new MemoryFormatOptional());
    tensor.data_ptr_double().put(values);
    return tensor;
  }

  /** Each rank in a thread of its own; the failures by rank, none as {@code null}. */
  static List<Throwable> side(List<Ranks> ranks, Consumer<Ranks> work) {
    ExecutorService threads = Executors.newFixedThreadPool(ranks.size());
    try {
      List<CompletableFuture<Throwable>> running = new ArrayList<>();
      for (Ranks one : ranks) {
        running.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try (one) {
                    return failure(one, work);
                  }
                },
                threads));
      }
      return running.stream().map(CompletableFuture::join).toList();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Throwable failure(Ranks one, Consumer<Ranks> work) {
    try {
      work.accept(one);
      return null;
    } catch (Throwable e) {
      one.fail(e);
      return e;
    }
  }
}
