package dev.mirrorspark.model;

import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * LibTorch's fused attention on a CPU, with the logarithm of each query's softmax sum, so that
 * attention over pieces of the keys can be joined: with the joined output and logarithm the
 * backward pass of each piece gives its exact part of the gradient (Liu et al., 2023, ring
 * attention). q, k and v are {@code [1, heads, n, d]}.
 */
final class FlashKernel {
  private static final String FORWARD = "aten::_scaled_dot_product_flash_attention_for_cpu";
  private static final String BACKWARD = FORWARD + "_backward";

  private FlashKernel() {}

  /**
   * Attention of some queries.
   *
   * @param out as q
   * @param logSum logarithm of the softmax's sum {@code [1, heads, queries]}, in fp32 for bf16
   */
  record Mixed(Tensor out, Tensor logSum) {

    /** Attention over the keys of both. */
    Mixed join(Mixed other) {
      Tensor sum = torch.logaddexp(logSum, other.logSum);
      Tensor mine = out.mul(logSum.sub(sum).exp_().unsqueeze(3));
      Tensor theirs = other.out.mul(other.logSum.sub(sum).exp_().unsqueeze(3));
      return new Mixed(mine.add_(theirs).to(out.scalar_type()), sum);
    }
  }

  /** The gradients of q, k and v. */
  record Slopes(Tensor q, Tensor k, Tensor v) {}

  /**
   * Attention of all queries over all keys.
   *
   * @param causal whether query i sees the keys up to i alone
   */
  static Mixed of(Tensor q, Tensor k, Tensor v, boolean causal) {
    var stack =
        new IValueVector(
            new IValue(q),
            new IValue(k),
            new IValue(v),
            new IValue(0.0),
            new IValue(causal),
            new IValue(),
            new IValue());
    operator(FORWARD).callBoxed(stack);
    return new Mixed(result(stack, 0), result(stack, 1));
  }

  /**
   * The part that these keys have in the gradients.
   *
   * @param mixed over all keys that the queries see
   * @param dOut gradient of its output
   */
  static Slopes backward(Tensor dOut, Tensor q, Tensor k, Tensor v, Mixed mixed, boolean causal) {
    var stack =
        new IValueVector(
            new IValue(dOut),
            new IValue(q),
            new IValue(k),
            new IValue(v),
            new IValue(mixed.out()),
            new IValue(mixed.logSum()),
            new IValue(0.0),
            new IValue(causal),
            new IValue(),
            new IValue());
    operator(BACKWARD).callBoxed(stack);
    return new Slopes(result(stack, 0), result(stack, 1), result(stack, 2));
  }

  /** A tensor of its own: what the stack gives is gone with the stack. */
  private static Tensor result(IValueVector stack, long index) {
    return stack.get(index).toTensor().detach();
  }

  private static OperatorHandle operator(String name) {
    return Dispatcher.singleton().findSchemaOrThrow(name, "");
  }
}
