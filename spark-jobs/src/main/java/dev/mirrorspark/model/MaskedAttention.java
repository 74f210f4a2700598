package dev.mirrorspark.model;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Attention by LibTorch's kernel under an additive mask, of a model's heads. */
final class MaskedAttention {
  private final ModelShape shape;
  private final Tensor like;

  /**
   * @param like a tensor whose device and type masks have
   */
  MaskedAttention(ModelShape shape, Tensor like) {
    this.shape = shape;
    this.like = like;
  }

  /**
   * 0 where the query at a position from {@code from} to {@code end} sees a position from {@code
   * first} to {@code end}, else −∞ {@code [end - from, end - first]}.
   *
   * @param window how many positions it sees; 0: all up to its own
   */
  Tensor mask(int from, int first, int end, int window) {
    Tensor ones = like.new_ones((long) end - from, end - first);
    Tensor open = torch.tril(ones, from - first);
    if (window > 0) {
      open.mul_(torch.triu(ones, from - first + 1L - window));
    }
    return torch
        .zeros_like(ones)
        .masked_fill_(open.eq(new Scalar(0)), new Scalar(Double.NEGATIVE_INFINITY));
  }

  /**
   * Attention within rows of one length.
   *
   * @param q {@code [rows * queries, heads, d]}
   * @param k {@code [rows * keys, kvHeads, d]}, as v
   * @return {@code [rows * queries, heads * d]}
   */
  Tensor attend(int rows, Tensor q, Tensor k, Tensor v, Tensor mask) {
    Tensor mixed =
        torch.scaled_dot_product_attention(
            byHeads(rows, q),
            byHeads(rows, k),
            byHeads(rows, v),
            new TensorOptional(mask),
            0.0,
            false,
            new DoubleOptional(),
            false);
    return mixed.transpose(1, 2).reshape(q.size(0), shape.queryWidth());
  }

  /** {@code [rows * length, h, d]} to {@code [rows, heads, length, d]}, key heads repeated. */
  private Tensor byHeads(int rows, Tensor x) {
    long h = x.size(1);
    long length = x.size(0) / rows;
    long groups = shape.heads() / h;
    Tensor y = x.unflatten(0, rows, length).transpose(1, 2);
    if (groups > 1) {
      y =
          y.unsqueeze(2)
              .expand(rows, h, groups, length, shape.headDim())
              .reshape(rows, shape.heads(), length, shape.headDim());
    }
    return y;
  }
}
