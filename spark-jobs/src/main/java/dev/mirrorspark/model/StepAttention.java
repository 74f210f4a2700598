package dev.mirrorspark.model;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Attention of one query a sequence over keys and values in a cache.
 *
 * <p>On a CPU such products are small, and what each costs to start counts most. So narrow key
 * heads share one product: a query stands as wide as all of them, with zeros where the others' keys
 * are. Devices and types that have a kernel for it use that.
 */
final class StepAttention {
  /** Up to this many dimensions of key heads share a product. */
  private static final int SHARED_WIDTH = 64;

  private final ModelShape shape;
  private final boolean fused;

  /** Key heads that share a product. */
  private final int shared;

  /** 1/√d where query head and key head belong together, else 0 {@code [queries, shared, 1]}. */
  private final Tensor own;

  StepAttention(ModelShape shape, Tensor like, Kept kept) {
    this.shape = shape;
    this.fused = like.is_cuda() || Tensors.type(like) == ScalarType.BFloat16;
    this.shared = shared(shape.kvHeads(), shape.headDim());
    int groups = shape.heads() / shape.kvHeads();
    double[] scale = new double[shared * groups * shared];
    for (int head = 0; head < shared * groups; head++) {
      scale[head * shared + head / groups] = 1 / Math.sqrt(shape.headDim());
    }
    this.own =
        kept.keep(
            Tensors.ofDoubles(scale, (long) shared * groups, shared, 1)
                .to(like.device(), like.scalar_type()));
  }

  private static int shared(int kvHeads, int headDim) {
    int shared = Math.max(1, Math.min(kvHeads, SHARED_WIDTH / headDim));
    while (kvHeads % shared > 0) {
      shared--;
    }
    return shared;
  }

  /**
   * @param q {@code [n, heads, d]}
   * @param cached keys before values {@code [n, span, 2 * kvHeads * d]}
   * @param mask additive {@code [n, 1, span]}
   * @return {@code [n, heads * d]}
   */
  Tensor of(Tensor q, Tensor cached, Tensor mask) {
    long width = shape.keyWidth();
    Tensor keys = cached.narrow(2, 0, width);
    Tensor values = cached.narrow(2, width, width);
    if (fused) {
      return fused(q, keys, values, mask);
    }
    if (shared == shape.kvHeads()) {
      return together(q, keys, values, mask);
    }
    Tensor mixed = q.new_empty(q.size(0), (long) shape.heads() * shape.headDim());
    long queries = own.size(0);
    long part = (long) shared * shape.headDim();
    for (int i = 0; i < shape.kvHeads() / shared; i++) {
      mixed
          .narrow(1, i * queries * shape.headDim(), queries * shape.headDim())
          .copy_(
              together(
                  q.narrow(1, i * queries, queries),
                  keys.narrow(2, i * part, part),
                  values.narrow(2, i * part, part),
                  mask));
    }
    return mixed;
  }

  /** The query heads of the key heads that share a product. */
  private Tensor together(Tensor q, Tensor keys, Tensor values, Tensor mask) {
    long n = q.size(0);
    long d = shape.headDim();
    long queries = own.size(0);
    Tensor wide = q.unsqueeze(2).mul(own).view(n, queries, shared * d);
    Tensor scores =
        torch.baddbmm(
            mask.transpose(1, 2).expand(n, keys.size(1), queries), keys, wide.transpose(1, 2));
    Tensor mixed = scores.transpose(1, 2).contiguous().softmax(2).bmm(values);
    return mixed
        .view(n, shared, queries / shared, shared, d)
        .diagonal(0, 1, 3)
        .permute(0, 3, 1, 2)
        .reshape(n, queries * d);
  }

  /** The query heads of a key head stand as if they were its successive queries. */
  private Tensor fused(Tensor q, Tensor keys, Tensor values, Tensor mask) {
    long n = q.size(0);
    long kvHeads = shape.kvHeads();
    long groups = shape.heads() / kvHeads;
    long[] heads = {kvHeads, shape.headDim()};
    Tensor mixed =
        torch.scaled_dot_product_attention(
            q.reshape(n, kvHeads, groups, shape.headDim()),
            keys.unflatten(2, heads).transpose(1, 2),
            values.unflatten(2, heads).transpose(1, 2),
            new TensorOptional(mask.unsqueeze(1).expand(n, 1, groups, mask.size(2))),
            0.0,
            false,
            new DoubleOptional(),
            false);
    return mixed.reshape(n, shape.queryWidth());
  }
}
