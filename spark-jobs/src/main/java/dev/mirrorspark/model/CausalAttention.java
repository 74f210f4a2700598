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
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Causal attention within each sequence of a batch, forwards and backwards. One object is one
 * layer's pass.
 *
 * <p>LibTorch's fused kernel needs no mask and no table of scores, so memory is linear in tokens.
 * On a CPU it is slow for short sequences: up to {@link #TABLE_LENGTH} tokens a table of scores is
 * held instead. Sequences longer than a sliding window go through {@link Banded}.
 */
final class CausalAttention implements TokenRows.Attention {
  private static final int TABLE_LENGTH = 256;

  private final Buckets buckets;
  private final int window;
  private final List<Part> parts = new ArrayList<>();

  /**
   * @param window how many positions a query sees, its own among them; 0: all before it
   */
  CausalAttention(Buckets buckets, int window) {
    this.buckets = buckets;
    this.window = window;
  }

  /** Attention over one bucket, ready for its backward pass. */
  sealed interface Part permits Fused, ScoreTable, Banded {
    /** The output {@code [count, length, heads, d]}. */
    Tensor mixed();

    /** What must live until the backward pass. */
    List<Tensor> needed();

    /** Writes the gradients of q, k and v; all are {@code [count, length, h, d]}. */
    void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv);
  }

  /** By the fused kernel, whose backward pass autograd calls; {@code [count, h, length, d]}. */
  private record Fused(Tensor q, Tensor k, Tensor v, Tensor out) implements Part {

    static Fused of(Tensor q, Tensor k, Tensor v, boolean keep) {
      Tensor qLeaf = q.transpose(1, 2).detach().requires_grad_(keep);
      Tensor kLeaf = k.transpose(1, 2).detach().requires_grad_(keep);
      Tensor vLeaf = v.transpose(1, 2).detach().requires_grad_(keep);
      boolean grouped = q.size(2) != k.size(2);
      try (var recording = new AutoGradMode(keep)) {
        Tensor out =
            torch.scaled_dot_product_attention(
                qLeaf,
                kLeaf,
                vLeaf,
                new TensorOptional(),
                0.0,
                true,
                new DoubleOptional(),
                grouped);
        return new Fused(qLeaf, kLeaf, vLeaf, out);
      }
    }

    @Override
    public Tensor mixed() {
      return out.detach().transpose(1, 2);
    }

    @Override
    public List<Tensor> needed() {
      return List.of(q, k, v, out);
    }

    @Override
    public void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv) {
      out.backward(dMixed.transpose(1, 2), new BoolOptional(), false, new TensorArrayRefOptional());
      dq.copy_(q.grad().transpose(1, 2));
      dk.copy_(k.grad().transpose(1, 2));
      dv.copy_(v.grad().transpose(1, 2));
    }
  }

  /** Attention over one bucket that spans all rows; otherwise as {@link #forward}. */
  static Tensor of(Bucket bucket, Tensor q, Tensor k, Tensor v) {
    Part part = part(rows(q, bucket), rows(k, bucket), rows(v, bucket), 0, false);
    return part.mixed().reshape(q.size(0), q.size(1) * q.size(2));
  }

  @Override
  public Tensor forward(Tensor q, Tensor k, Tensor v, boolean keep, Kept kept) {
    Tensor mixed = torch.empty_like(q);
    for (Bucket bucket : buckets.list()) {
      Part part = part(rows(q, bucket), rows(k, bucket), rows(v, bucket), window, keep);
      rows(mixed, bucket).copy_(part.mixed());
      if (keep) {
        part.needed().forEach(kept::keep);
        parts.add(part);
      }
    }
    return mixed.flatten(1, 2);
  }

  @Override
  public void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv) {
    Tensor heads = dMixed.view(dq.sizes());
    for (int i = 0; i < parts.size(); i++) {
      Bucket bucket = buckets.list().get(i);
      parts
          .get(i)
          .backward(rows(heads, bucket), rows(dq, bucket), rows(dk, bucket), rows(dv, bucket));
    }
  }

  private static Part part(Tensor q, Tensor k, Tensor v, int window, boolean keep) {
    if (window > 0 && window < q.size(1)) {
      return Banded.of(q, k, v, window);
    }
    boolean table =
        q.size(1) <= TABLE_LENGTH && !q.is_cuda() && Tensors.type(q) != ScalarType.BFloat16;
    return table ? ScoreTable.causal(q, k, v) : Fused.of(q, k, v, keep);
  }

  /** The bucket's rows of {@code [n, h, d]} as {@code [count, length, h, d]}. */
  private static Tensor rows(Tensor x, Bucket bucket) {
    return x.narrow(0, bucket.from(), bucket.rows()).unflatten(0, bucket.count(), bucket.length());
  }
}
