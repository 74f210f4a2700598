package dev.mirrorspark.model;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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

  /**
   * The rotation of positions {@code [n]} within sequences that begin at 0.
   *
   * @param longest length of the longest sequence
   * @throws IllegalArgumentException if it is longer than the model's positions
   */
  static Rotation of(ModelShape shape, RotaryPositions positions, int longest, Tensor like) {
    if (longest > shape.maxPositions()) {
      throw new IllegalArgumentException(
          "position " + (longest - 1) + ", but max_position_embeddings is " + shape.maxPositions());
    }
    Rotary.Turn table = Rotary.table(shape, longest, like);
    Rotary.Turn turn = Rotary.byAxis(table, positions, like);
    return new Rotation(turn.cos(), turn.sin().narrow(2, 0, shape.headDim() / 2));
  }
}
