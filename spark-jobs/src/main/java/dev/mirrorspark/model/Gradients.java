package dev.mirrorspark.model;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

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
}
