package dev.mirrorspark.model;

import java.util.Arrays;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Sums into a gradient that is fp32 where the activations are bf16. That of frozen weights has no
 * elements, and takes nothing in.
 */
final class Gradients {
  private Gradients() {}

  /** Whether this is the gradient of frozen weights. */
  static boolean frozen(Tensor gradient) {
    return gradient.numel() == 0;
  }

  /** Adds dyᵀx {@code [outputs, inputs]} of dy {@code [n, outputs]} and x {@code [n, inputs]}. */
  static void addProduct(Tensor gradient, Tensor dy, Tensor x) {
    if (frozen(gradient)) {
      return;
    }
    if (Tensors.type(gradient) == Tensors.type(x)) {
      gradient.addmm_(dy.t(), x);
    } else {
      gradient.add_(dy.t().mm(x));
    }
  }

  /** Adds the sum of dy {@code [n, outputs]} over n. */
  static void addSum(Tensor gradient, Tensor dy) {
    if (frozen(gradient)) {
      return;
    }
    gradient.add_(dy.sum(new long[] {0}, false, new ScalarTypeOptional(gradient.scalar_type())));
  }

  /**
   * Adds row {@code rows[i]} of dy {@code [n, width]} to row {@code tokens[i]} of the gradient
   * {@code [vocab, width]}. Rows of equal token are first summed in their order, each sum by one
   * thread, so that no two additions meet at one place: the same bits on every device's every run.
   */
  static void addByToken(Tensor gradient, int[] tokens, int[] rows, Tensor dy) {
    if (frozen(gradient)) {
      return;
    }
    long[] order = new long[tokens.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (long) tokens[i] << Integer.SIZE | i;
    }
    Arrays.sort(order);
    int[] sorted = new int[order.length];
    int[] distinct = new int[order.length];
    int[] counts = new int[order.length];
    int last = -1;
    for (int i = 0; i < order.length; i++) {
      sorted[i] = rows[(int) order[i]];
      int token = (int) (order[i] >> Integer.SIZE);
      if (last < 0 || distinct[last] != token) {
        distinct[++last] = token;
      }
      counts[last]++;
    }
    var device = dy.device();
    Tensor sums =
        torch.segment_reduce(
            dy.index_select(0, Tensors.indices(sorted, device)).to(gradient.scalar_type()),
            "sum",
            new TensorOptional(Tensors.indices(Arrays.copyOf(counts, last + 1), device)),
            new TensorOptional(),
            new TensorOptional(),
            0,
            true,
            new ScalarOptional());
    gradient.index_add_(0, Tensors.indices(Arrays.copyOf(distinct, last + 1), device), sums);
  }
}
