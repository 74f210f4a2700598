package dev.mirrorspark.bench;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * What the device does at best, with as many workers side by side as compute.
 *
 * @param gemm FLOP/s of a square matrix product in the run's precision
 * @param gemmSize its edge
 * @param copy bytes/s that a copy reads and writes
 */
record DeviceRates(double gemm, long gemmSize, double gemmSpread, double copy, double copySpread) {
  private static final double LONG_ENOUGH = 0.02;

  /**
   * Measures them.
   *
   * @param like a tensor on the device, in the run's precision
   */
  static DeviceRates of(Tensor like, int workers, int rounds) {
    try (var scope = new PointerScope()) {
      long most = like.is_cuda() ? 8192 : 2048;
      long size = 256;
      double seconds = product(like, workers, size, 1);
      while (size < most && seconds < LONG_ENOUGH) {
        size *= 2;
        product(like, workers, size, 1);
        seconds = product(like, workers, size, 1);
      }
      long edge = size;
      int times = (int) Math.ceil(LONG_ENOUGH / seconds);
      var gemm = Rounds.of(rounds, () -> product(like, workers, edge, times));
      double flop = 2.0 * edge * edge * edge * times * workers;
      long elements = like.is_cuda() ? 1L << 28 : 1L << 24;
      Tensor[] from = tensors(like, workers, elements);
      Tensor[] to = tensors(like, workers, elements);
      var copy =
          Rounds.of(
              rounds,
              () ->
                  Rounds.sideBySide(
                      workers,
                      worker -> {
                        to[worker].copy_(from[worker]);
                        Rounds.settle(to[worker]);
                      }));
      double bytes = 2.0 * elements * like.element_size() * workers;
      return new DeviceRates(
          flop / gemm.median(), edge, gemm.spread(), bytes / copy.median(), copy.spread());
    }
  }

  private static double product(Tensor like, int workers, long size, int times) {
    try (var scope = new PointerScope()) {
      Tensor[] left = tensors(like, workers, size * size);
      Tensor[] right = tensors(like, workers, size * size);
      return Rounds.sideBySide(
          workers,
          worker -> {
            Tensor one = left[worker].view(size, size);
            Tensor other = right[worker].view(size, size);
            for (int i = 0; i < times; i++) {
              try (var inner = new PointerScope()) {
                Tensor product = one.mm(other);
                if (i + 1 == times) {
                  Rounds.settle(product);
                }
              }
            }
          });
    }
  }

  private static Tensor[] tensors(Tensor like, int count, long elements) {
    return IntStream.range(0, count)
        .mapToObj(i -> like.new_empty(elements).normal_())
        .toArray(Tensor[]::new);
  }
}
