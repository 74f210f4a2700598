package dev.mirrorspark.model;

import dev.mirrorspark.model.Buckets.Bucket;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Causal attention within each sequence of a batch, forwards and backwards, by LibTorch's fused
 * kernel: no mask and no table of scores, so memory is linear in tokens. One object is one layer's
 * pass.
 */
final class CausalAttention {

  /** What the backward pass needs of a bucket: {@code [count, h, length, d]} each. */
  private record Part(Bucket bucket, Tensor q, Tensor k, Tensor v, Tensor mixed) {}

  private final List<Part> parts = new ArrayList<>();

  /**
   * Attention of q {@code [n, heads, d]} over k and v {@code [n, kvHeads, d]}.
   *
   * @return {@code [n, heads * d]}
   */
  static Tensor of(Buckets buckets, Tensor q, Tensor k, Tensor v) {
    Tensor mixed = torch.empty_like(q);
    for (Bucket bucket : buckets.list()) {
      rows(mixed, bucket).copy_(fused(rows(q, bucket), rows(k, bucket), rows(v, bucket)));
    }
    return mixed.flatten(1, 2);
  }

  /** As {@link #of}, and keeps what {@link #backward} needs. */
  Tensor forward(Buckets buckets, Tensor q, Tensor k, Tensor v, Kept kept) {
    Tensor mixed = torch.empty_like(q);
    for (Bucket bucket : buckets.list()) {
      Tensor qLeaf = kept.keep(rows(q, bucket).detach().requires_grad_(true));
      Tensor kLeaf = kept.keep(rows(k, bucket).detach().requires_grad_(true));
      Tensor vLeaf = kept.keep(rows(v, bucket).detach().requires_grad_(true));
      try (var recording = new AutoGradMode(true)) {
        Tensor out = kept.keep(fused(qLeaf, kLeaf, vLeaf));
        parts.add(new Part(bucket, qLeaf, kLeaf, vLeaf, out));
      }
      rows(mixed, bucket).copy_(parts.get(parts.size() - 1).mixed().detach());
    }
    return mixed.flatten(1, 2);
  }

  /**
   * Writes the gradients of q, k and v {@code [n, h, d]}.
   *
   * @param dMixed gradient of the output {@code [n, heads * d]}
   */
  void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv) {
    Tensor heads = dMixed.view(dq.sizes());
    for (Part part : parts) {
      part.mixed()
          .backward(
              rows(heads, part.bucket()), new BoolOptional(), false, new TensorArrayRefOptional());
      rows(dq, part.bucket()).copy_(part.q().grad());
      rows(dk, part.bucket()).copy_(part.k().grad());
      rows(dv, part.bucket()).copy_(part.v().grad());
    }
  }

  /** The bucket's rows of {@code [n, h, d]} as {@code [count, h, length, d]}. */
  private static Tensor rows(Tensor x, Bucket bucket) {
    return x.narrow(0, bucket.from(), bucket.rows())
        .unflatten(0, bucket.count(), bucket.length())
        .transpose(1, 2);
  }

  private static Tensor fused(Tensor q, Tensor k, Tensor v) {
    boolean grouped = q.size(1) != k.size(1);
    return torch.scaled_dot_product_attention(
        q, k, v, new TensorOptional(), 0.0, true, new DoubleOptional(), grouped);
  }
}
