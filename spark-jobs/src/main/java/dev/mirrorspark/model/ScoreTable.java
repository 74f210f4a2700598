package dev.mirrorspark.model;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention by plain products with the softmax of all scores in memory. The query heads of a key
 * head stand one below the other, so that no key is copied and their gradients add up in the
 * product.
 *
 * @param q scaled by 1/√d {@code [count * kvHeads, groups * queries, d]}
 * @param k {@code [count * kvHeads, keys, d]}
 * @param v as k
 * @param probs {@code [count * kvHeads, groups * queries, keys]}
 * @param out as q
 * @param kvHeads number of key heads
 * @param queries positions that ask
 */
record ScoreTable(
    Tensor q, Tensor k, Tensor v, Tensor probs, Tensor out, long kvHeads, long queries)
    implements CausalAttention.Part {

  /** Causal: q {@code [count, length, heads, d]}, k and v {@code [count, length, kvHeads, d]}. */
  static ScoreTable causal(Tensor q, Tensor k, Tensor v) {
    long length = q.size(1);
    Tensor later =
        q.new_full(new long[] {length, length}, new Scalar(Double.NEGATIVE_INFINITY)).triu_(1);
    return of(q, k, v, later);
  }

  /**
   * Of q {@code [count, queries, heads, d]}, k and v {@code [count, keys, kvHeads, d]}.
   *
   * @param hidden is added to the scores {@code [queries, keys]}
   */
  static ScoreTable of(Tensor q, Tensor k, Tensor v, Tensor hidden) {
    long kvHeads = k.size(2);
    Tensor queries = stacked(q, kvHeads, 1 / Math.sqrt(q.size(3)));
    Tensor keys = stacked(k, kvHeads, 1);
    Tensor values = stacked(v, kvHeads, 1);
    Tensor scores = queries.bmm(keys.transpose(1, 2));
    scores.view(-1, q.size(1), k.size(1)).add_(hidden);
    Tensor probs = scores.softmax(-1);
    return new ScoreTable(queries, keys, values, probs, probs.bmm(values), kvHeads, q.size(1));
  }

  @Override
  public Tensor mixed() {
    return apart(out, queries);
  }

  @Override
  public List<Tensor> needed() {
    return List.of(q, k, v, probs, out);
  }

  @Override
  public void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv) {
    long keys = k.size(1);
    Tensor dOut = stacked(dMixed, kvHeads, 1);
    dv.copy_(apart(probs.transpose(1, 2).bmm(dOut), keys));
    // softmax: dScores = probs · (dProbs − Σ probs·dProbs), and that sum is Σ out·dOut
    Tensor along = out.mul(dOut).sum(new long[] {2}, true, new ScalarTypeOptional());
    Tensor dScores = dOut.bmm(v.transpose(1, 2)).sub_(along).mul_(probs);
    torch.mul_out(dq, apart(dScores.bmm(k), queries), new Scalar(1 / Math.sqrt(q.size(2))));
    dk.copy_(apart(dScores.transpose(1, 2).bmm(q), keys));
  }

  /**
   * {@code [count, length, h, d]}, scaled, as {@code [count * kvHeads, h / kvHeads * length, d]}.
   */
  private static Tensor stacked(Tensor x, long kvHeads, double scale) {
    long count = x.size(0);
    long length = x.size(1);
    long groups = x.size(2) / kvHeads;
    Tensor copy = x.new_empty(count, kvHeads, groups, length, x.size(3));
    Tensor source = x.unflatten(2, kvHeads, groups).permute(0, 2, 3, 1, 4);
    if (scale == 1) {
      copy.copy_(source);
    } else {
      torch.mul_out(copy, source, new Scalar(scale));
    }
    return copy.view(count * kvHeads, groups * length, x.size(3));
  }

  /** The reverse of {@link #stacked}, as a view {@code [count, length, h, d]}. */
  private Tensor apart(Tensor x, long length) {
    return x.view(-1, kvHeads, x.size(1) / length, length, x.size(2))
        .permute(0, 3, 1, 2, 4)
        .flatten(2, 3);
  }
}
