package dev.mirrorspark.model;

import static org.bytedeco.openblas.global.openblas_full.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_full.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_full.cblas_sgemv;

import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of activations and weights without a backward pass.
 *
 * <p>On a CPU a product of matrices packs the weights first, which takes longer than to read them
 * once or twice: products with few rows are made as matrix times vector, a block of the weights
 * after the other, so that the rows after the first find it in the cache. OpenBLAS computes on one
 * thread; where a task has several, each makes a part of the outputs.
 */
final class Products {
  /** Up to this many rows a product is made row by row. */
  private static final int FEW = 2;

  /** The same for weights that leave the caches between two uses of them. */
  static final int FEW_OF_MEMORY = 8;

  /** Elements of weights that stay in no cache of a core. */
  static final long IN_MEMORY = 1 << 19;

  /** Elements of weights that stay in a core's second cache while all rows meet them. */
  private static final long BLOCK = 1 << 16;

  /** Outputs of which blocks are multiples: OpenBLAS makes the rest of a block by other sums. */
  private static final long STEP = 16;

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
    long parts = parts(weight.size(0));
    if (parts == 1) {
      part(y, x, weight);
      return;
    }
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
    if (x.size(0) > few(weight)) {
      torch.mm_out(y, x, weight.t());
      return;
    }
    Tensor rows = x.stride(1) == 1 ? x : x.contiguous();
    var of = new Weight(weight.data_ptr_float(), (int) weight.size(0), (int) weight.size(1));
    var to = new Rows(y.data_ptr_float(), y.stride(0), (int) x.size(0));
    part(of, 0, of.outputs(), to, new Rows(rows.data_ptr_float(), rows.stride(0), to.count()));
  }

  /** Weights {@code [outputs, inputs]} in host memory in fp32. */
  record Weight(FloatPointer values, int outputs, int inputs) {
    static Weight of(Tensor weight, Kept kept) {
      return new Weight(
          kept.keep(weight.data_ptr_float()), (int) weight.size(0), (int) weight.size(1));
    }
  }

  /** Rows in host memory in fp32, so many elements apart. */
  record Rows(FloatPointer values, long stride, int count) {
    FloatPointer copy() {
      return new FloatPointer(values); // whose position is its own
    }
  }

  /** x · weightᵀ of a few rows into y, row by row whatever the weights' size. */
  static void few(Rows y, Rows x, Weight weight) {
    long parts = parts(weight.outputs());
    if (parts == 1) {
      part(weight, 0, weight.outputs(), y, x);
      return;
    }
    eachOf(
        parts,
        part -> {
          long from = weight.outputs() * part / parts;
          long end = weight.outputs() * (part + 1) / parts;
          var to = new Rows(y.copy(), y.stride(), y.count());
          var of = new Weight(new FloatPointer(weight.values()), (int) end, weight.inputs());
          part(of, (int) from, (int) end, to, new Rows(x.copy(), x.stride(), x.count()));
        });
  }

  private static void part(Weight weight, int from, int end, Rows y, Rows x) {
    int in = weight.inputs();
    int block = x.count() == 1 ? end : (int) Math.max(STEP, BLOCK / in / STEP * STEP);
    for (int first = from; first < end; first += block) {
      int outputs = Math.min(block, end - first);
      FloatPointer of = weight.values().position((long) first * in);
      for (int row = 0; row < x.count(); row++) {
        FloatPointer by = x.values().position(row * x.stride());
        FloatPointer to = y.values().position(row * y.stride() + first);
        cblas_sgemv(CblasRowMajor, CblasNoTrans, outputs, in, 1, of, in, by, 1, 0, to, 1);
      }
    }
  }

  private static int few(Tensor weight) {
    return weight.numel() >= IN_MEMORY ? FEW_OF_MEMORY : FEW;
  }

  /** Adds x · weightᵀ to sum {@code [n, out]}. */
  static void add(Tensor sum, Tensor x, Tensor weight) {
    if (!onCpu(x)) {
      sum.addmm_(x, weight.t());
    } else if (x.size(0) > few(weight) && parts(weight.size(0)) == 1) {
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

  private static long parts(long outputs) {
    return Math.max(1, Math.min(torch.get_num_threads(), outputs / WORTH_A_THREAD));
  }

  private static void eachOf(long parts, LongConsumer part) {
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
