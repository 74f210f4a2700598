package dev.mirrorspark.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * RMSNorm x·r·w with r = 1/√(mean(x²) + ε) (Zhang and Sennrich, 2019), forwards and backwards. What
 * is squared and summed is in fp32 where x is bf16.
 *
 * @param unit x·r {@code [n, width]}, in the type of x
 * @param scale r {@code [n, 1]}, at least fp32
 */
record Normed(Tensor unit, Tensor scale) {

  static Normed of(Tensor x, double epsilon) {
    Tensor wide = wide(x);
    Tensor scale =
        wide.norm(new ScalarOptional(new Scalar(2)), new long[] {1}, true)
            .square_()
            .div_(new Scalar((double) x.size(1)))
            .add_(new Scalar(epsilon))
            .rsqrt_();
    return new Normed(wide.mul(scale).to(x.scalar_type()), scale);
  }

  /** The norm's output x·r·w {@code [n, width]}. */
  Tensor times(Tensor weight) {
    return unit.mul(weight);
  }

  /**
   * Adds the gradient of x to {@code dx} and that of the weight to {@code dWeight}.
   *
   * @param dy gradient of the output {@code [n, width]}; overwritten
   */
  void backward(Tensor dx, Tensor dWeight, Tensor weight, Tensor dy) {
    Tensor product = wide(dy).mul(wide(unit));
    Tensor wideWeight = wide(weight);
    if (!Gradients.frozen(dWeight)) {
      dWeight.add_(product.sum(0));
    }
    Tensor along = product.mv(wideWeight).div_(new Scalar(-(double) unit.size(1))).unsqueeze(1);
    Tensor wideDy = wide(dy).mul_(wideWeight).addcmul_(wide(unit), along);
    if (Tensors.type(dx) == Tensors.type(wideDy)) {
      dx.addcmul_(wideDy, scale);
    } else {
      dx.add_(wideDy.mul_(scale));
    }
  }

  private static Tensor wide(Tensor x) {
    return Tensors.type(x) == ScalarType.BFloat16 ? x.to(ScalarType.Float) : x;
  }
}
