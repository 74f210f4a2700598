package dev.mirrorspark.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Cosines and sines of rotary positions, on the device and in the type of a model's parameters.
 *
 * <p>Angles are computed in float64. A table holds them for positions from 0 to the largest that
 * was asked for, doubled as it grows: its size follows the sequences, not what the model could
 * take.
 */
final class Rotary implements AutoCloseable {
  private static final int FIRST_ROWS = 256;

  /** Cosines and sines {@code [n, 1, headDim]}, the second half of a head as the first. */
  record Turn(Tensor cos, Tensor sin) {
    /** Turns queries and keys {@code [n, heads, headDim]} in place: x·cos + rotateHalf(x)·sin. */
    void apply(Tensor x) {
      long half = x.size(2) / 2;
      Tensor across = x.mul(sin);
      x.mul_(cos);
      x.narrow(2, 0, half).sub_(across.narrow(2, half, half));
      x.narrow(2, half, half).add_(across.narrow(2, 0, half));
    }
  }

  private final ModelShape shape;
  private final Tensor like;
  private Kept kept = new Kept();
  private Turn table;
  private int rows;

  /**
   * An empty table.
   *
   * @param like a tensor whose device and type the tables take
   */
  Rotary(ModelShape shape, Tensor like) {
    this.shape = shape;
    this.like = like;
  }

  /**
   * Cosines and sines of tokens.
   *
   * @param positions place of each token in its sequence {@code [n]}
   * @param index the same on the device
   * @throws IllegalArgumentException if a position is negative or not below {@code maxPositions}
   */
  Turn at(int[] positions, Tensor index) {
    require(positions);
    return new Turn(table.cos().index_select(0, index), table.sin().index_select(0, index));
  }

  /** As {@link #at(int[], Tensor)}, where tokens of pictures have positions of three axes. */
  Turn at(RotaryPositions positions) {
    for (int[] axis : positions.axes()) {
      require(axis);
    }
    return byAxis(table, positions, like);
  }

  private void require(int[] positions) {
    int last = 0;
    for (int position : positions) {
      if (position < 0 || position >= shape.maxPositions()) {
        throw new IllegalArgumentException(
            "position " + position + ", but max_position_embeddings is " + shape.maxPositions());
      }
      last = Math.max(last, position);
    }
    if (last >= rows) {
      grow(last + 1);
    }
  }

  /**
   * Of a table, the rows of positions: of three axes each of its own pairs of dimensions {@code [n,
   * 1, headDim]}.
   */
  static Turn byAxis(Turn table, RotaryPositions positions, Tensor like) {
    if (positions.axes().length == 1) {
      Tensor index = Tensors.indices(positions.axes()[0], like.device());
      return new Turn(table.cos().index_select(0, index), table.sin().index_select(0, index));
    }
    var cos = new TensorVector();
    var sin = new TensorVector();
    Tensor[] indices = new Tensor[positions.axes().length];
    for (int axis = 0; axis < indices.length; axis++) {
      indices[axis] = Tensors.indices(positions.axes()[axis], like.device());
    }
    long from = 0;
    for (int half = 0; half < 2; half++) {
      for (int axis = 0; axis < indices.length; axis++) {
        int pairs = positions.sections().get(axis);
        cos.push_back(table.cos().narrow(2, from, pairs).index_select(0, indices[axis]));
        sin.push_back(table.sin().narrow(2, from, pairs).index_select(0, indices[axis]));
        from += pairs;
      }
    }
    return new Turn(torch.cat(cos, 2), torch.cat(sin, 2));
  }

  private void grow(int needed) {
    long doubled = Math.max(FIRST_ROWS, 2L * Integer.highestOneBit(Math.max(1, needed - 1)));
    int wanted = (int) Math.min(shape.maxPositions(), doubled);
    var grown = new Kept();
    try (var scope = new PointerScope()) {
      Turn larger = table(shape, wanted, like);
      table = new Turn(grown.keep(larger.cos()), grown.keep(larger.sin()));
    }
    kept.close();
    kept = grown;
    rows = wanted;
  }

  /** Cosines and sines of positions 0 to rows − 1, times the factor of the model's scaling. */
  static Turn table(ModelShape shape, int rows, Tensor like) {
    double[] frequencies = shape.rope().frequencies(shape.headDim());
    Tensor angles =
        torch
            .arange(new Scalar(rows), new TensorOptions(ScalarType.Double))
            .unsqueeze(1)
            .mul(Tensors.ofDoubles(frequencies, 1, frequencies.length))
            .repeat(1, 2)
            .unsqueeze(1);
    Scalar factor = new Scalar(shape.rope().scaling().attentionFactor());
    return new Turn(like(angles.cos().mul(factor), like), like(angles.sin().mul(factor), like));
  }

  private static Tensor like(Tensor tensor, Tensor like) {
    return tensor.to(like.device(), like.scalar_type());
  }

  @Override
  public void close() {
    kept.close();
    table = null;
    rows = 0;
  }
}
