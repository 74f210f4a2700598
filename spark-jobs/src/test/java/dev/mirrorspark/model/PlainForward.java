package dev.mirrorspark.model;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The forward pass of a decoder in float64 as plain tensor operations that autograd can follow: one
 * sequence to a row, dense masks, nothing in place.
 */
final class PlainForward {
  private final Parameters parameters;
  private final ModelShape shape;

  PlainForward(Parameters parameters) {
    this.parameters = parameters;
    this.shape = parameters.shape();
  }

  /** Logits of every position {@code [rows * length, vocab]}. */
  Tensor logits(PackedRows rows) {
    Tensor tokens = Tensors.indices(rows.tokens(), parameters.flat().device());
    Tensor x = torch.embedding(parameters.embedding(), tokens);
    for (int i = 0; i < shape.layers(); i++) {
      Parameters.Layer layer = parameters.layer(i);
      x = x.add(attention(i, layer, norm(x, layer.inputNorm()), rows));
      Tensor gateUp = torch.linear(norm(x, layer.postNorm()), layer.gateUp());
      long width = shape.intermediate();
      Tensor gated = torch.silu(gateUp.narrow(1, 0, width)).mul(gateUp.narrow(1, width, width));
      x = x.add(torch.linear(gated, layer.down()));
    }
    return torch.linear(norm(x, parameters.norm()), parameters.head());
  }

  private Tensor attention(int index, Parameters.Layer layer, Tensor x, PackedRows rows) {
    long heads = shape.heads();
    long kvHeads = shape.kvHeads();
    Tensor qkv = torch.linear(x, layer.qkv());
    if (layer.qkvBias().isPresent()) {
      qkv = qkv.add(layer.qkvBias().get());
    }
    qkv = qkv.view(rows.rows(), rows.length(), heads + 2 * kvHeads, shape.headDim());
    Tensor q = qkv.narrow(2, 0, heads);
    Tensor k = qkv.narrow(2, heads, kvHeads);
    if (layer.qkNorm().isPresent()) {
      q = norm(q, layer.qkNorm().get().select(0, 0));
      k = norm(k, layer.qkNorm().get().select(0, 1));
    }
    if (shape.rotary(index)) {
      q = turned(q);
      k = turned(k);
    }
    Tensor v = qkv.narrow(2, heads + kvHeads, kvHeads);
    Tensor mixed =
        torch.scaled_dot_product_attention(
            q.transpose(1, 2),
            repeated(k).transpose(1, 2),
            repeated(v).transpose(1, 2),
            new TensorOptional(mask(rows.length(), shape.window(index), x)),
            0.0,
            false,
            new DoubleOptional(),
            false);
    Tensor out = torch.linear(mixed.transpose(1, 2).flatten(2, 3).flatten(0, 1), layer.output());
    return layer.outputBias().isPresent() ? out.add(layer.outputBias().get()) : out;
  }

  /** Key heads {@code [rows, length, kvHeads, d]}, each as often as it has query heads. */
  private Tensor repeated(Tensor x) {
    long groups = shape.heads() / shape.kvHeads();
    return x.unsqueeze(3)
        .expand(x.size(0), x.size(1), x.size(2), groups, x.size(3))
        .reshape(x.size(0), x.size(1), shape.heads(), x.size(3));
  }

  /** {@code [rows, length, h, d]} by its places from 0, dimension i with dimension i + d/2. */
  private Tensor turned(Tensor x) {
    double[] frequencies = shape.rope().frequencies(shape.headDim());
    long half = frequencies.length;
    Tensor places = torch.arange(new Scalar(x.size(1)), new TensorOptions(ScalarType.Double));
    Tensor angles = places.view(-1, 1, 1).mul(Tensors.ofDoubles(frequencies, half));
    Scalar factor = new Scalar(shape.rope().scaling().attentionFactor());
    Tensor cos = angles.cos().mul(factor).to(x.scalar_type());
    Tensor sin = angles.sin().mul(factor).to(x.scalar_type());
    Tensor low = x.narrow(3, 0, half);
    Tensor high = x.narrow(3, half, half);
    return torch.cat(
        new TensorVector(low.mul(cos).sub(high.mul(sin)), high.mul(cos).add(low.mul(sin))), 3);
  }

  private static Tensor mask(long length, int window, Tensor like) {
    Tensor ones = torch.ones(length, length);
    Tensor open = torch.tril(ones);
    if (window > 0) {
      open = open.mul(torch.triu(ones, 1L - window));
    }
    return torch
        .zeros(length, length)
        .masked_fill(open.eq(new Scalar(0)), new Scalar(Double.NEGATIVE_INFINITY))
        .to(like.scalar_type());
  }

  private Tensor norm(Tensor x, Tensor weight) {
    Tensor scale =
        x.square()
            .mean(new long[] {-1}, true, new ScalarTypeOptional())
            .add(new Scalar(shape.rmsNormEps()))
            .rsqrt();
    return x.mul(scale).mul(weight);
  }
}
