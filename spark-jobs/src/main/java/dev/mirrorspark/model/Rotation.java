package dev.mirrorspark.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Rotary positions of a batch: dimension i of a head turns together with dimension i + d/2 (Su et
 * al., 2021, in the Hugging Face layout).
 *
 * @param cos cosines {@code [n, 1, headDim]}, each half the same
 * @param sin sines {@code [n, 1, headDim / 2]}
 */
record Rotation(Tensor cos, Tensor sin) {

  /** Writes x {@code [n, h, d]}, turned, to the target of the same shape. */
  void turn(Tensor target, Tensor x) {
    turn(target, x, 1);
  }

  /** Writes x {@code [n, h, d]}, turned back, to the target: the gradient of {@link #turn}. */
  void turnBack(Tensor target, Tensor x) {
    turn(target, x, -1);
  }

  private void turn(Tensor target, Tensor x, int sign) {
    long half = sin.size(2);
    torch.mul_out(target, x, cos);
    target.narrow(2, 0, half).addcmul_(x.narrow(2, half, half), sin, new Scalar(-sign));
    target.narrow(2, half, half).addcmul_(x.narrow(2, 0, half), sin, new Scalar(sign));
  }

  /** The rotation of positions {@code [n]} within sequences that begin at 0. */
  static Rotation of(ModelShape shape, int[] positions, int longest, Tensor like) {
    int half = shape.headDim() / 2;
    double[] angles = new double[longest * half];
    double[] frequencies = shape.rope().frequencies(shape.headDim());
    for (int i = 0; i < half; i++) {
      double frequency = frequencies[i];
      for (int p = 0; p < longest; p++) {
        angles[p * half + i] = p * frequency;
      }
    }
    Tensor table = Tensors.ofDoubles(angles, longest, 1, half);
    Tensor index = Tensors.indices(positions, like.device());
    Scalar factor = new Scalar(shape.rope().scaling().attentionFactor());
    Tensor cos =
        table.cos().mul(factor).to(like.device(), like.scalar_type()).index_select(0, index);
    Tensor sin =
        table.sin().mul(factor).to(like.device(), like.scalar_type()).index_select(0, index);
    return new Rotation(torch.cat(new TensorVector(cos, cos), 2), sin);
  }
}
