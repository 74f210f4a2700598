package dev.mirrorspark.model;

import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of activations and weights without a backward pass.
 *
 * <p>On a CPU a product of matrices packs the weights first, which takes longer than to read them
 * once or twice: products with few rows are made as matrix times vector. OpenBLAS computes on one
 * thread; where a task has several, each makes a part of the outputs.
 */
final class Products {
  /** Up to this many rows a product is made row by row. */
  private static final int FEW = 2;

  /** Outputs that are worth another thread. */
  private static final long WORTH_A_THREAD = 256;

  private Products() {}

  /** x · weightᵀ {@code [n, out]} of x {@code [n, in]} and weight {@code [out, in]}. */
  static Tensor of(Tensor x, Tensor weight) {
    if (!onCpu(x)) {
      return torch.linear(x, weight);
    }
    Tensor y = x.new_empty(x.size(0), weight.size(0));
    into(y, x, weight);
    return y;
  }

  /** x · weightᵀ into y {@code [n, out]} of the same type. */
  static void into(Tensor y, Tensor x, Tensor weight) {
    if (!onCpu(x)) {
      torch.mm_out(y, x, weight.t());
      return;
    }
    long parts = parts(weight);
    long outputs = weight.size(0);
    eachOf(
        parts,
        part -> {
          long from = outputs * part / parts;
          long count = outputs * (part + 1) / parts - from;
          part(y.narrow(1, from, count), x, weight.narrow(0, from, count));
        });
  }

  private static void part(Tensor y, Tensor x, Tensor weight) {
    if (x.size(0) > FEW) {
      torch.mm_out(y, x, weight.t());
      return;
    }
    for (long row = 0; row < x.size(0); row++) {
      torch.mv_out(y.select(0, row), weight, x.select(0, row));
    }
  }

  /** Adds x · weightᵀ to sum {@code [n, out]}. */
  static void add(Tensor sum, Tensor x, Tensor weight) {
    if (!onCpu(x)) {
      sum.addmm_(x, weight.t());
    } else if (x.size(0) > FEW && parts(weight) == 1) {
      sum.addmm_(x, weight.t());
    } else {
      sum.add_(of(x, weight));
    }
  }

  /** As {@link #of(Tensor, Tensor)}, plus a bias {@code [out]} where there is one. */
  static Tensor of(Tensor x, Tensor weight, Optional<Tensor> bias) {
    if (bias.isPresent() && !onCpu(x)) {
      return torch.linear(x, weight, new TensorOptional(bias.get()));
    }
    Tensor y = of(x, weight);
    bias.ifPresent(y::add_);
    return y;
  }

  private static boolean onCpu(Tensor x) {
    return !x.is_cuda() && Tensors.type(x) == ScalarType.Float;
  }

  private static long parts(Tensor weight) {
    return Math.max(1, Math.min(torch.get_num_threads(), weight.size(0) / WORTH_A_THREAD));
  }

  private static void eachOf(long parts, LongConsumer part) {
    if (parts == 1) {
      part.accept(0);
      return;
    }
    LongStream.range(0, parts)
        .parallel()
        .forEach(
            i -> {
              try (var scope = new PointerScope()) {
                part.accept(i);
              }
            });
  }
}
