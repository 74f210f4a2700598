package dev.mirrorspark.model;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Causal attention within a sliding window: a query at position p sees the keys from p − window + 1
 * to p. A block of queries at a time meets the keys that it can see, under a mask of that block
 * alone; the backward pass computes each block's scores again. So memory is linear in tokens, and
 * no operation of it sums by atomics.
 *
 * @param q the last ones of a sequence {@code [count, queries, heads, d]}
 * @param k {@code [count, length, kvHeads, d]}
 * @param v as k
 * @param mixed the output, as q; gone after the forward pass
 * @param window how many keys a query sees, its own among them; below the length
 */
record Banded(Tensor q, Tensor k, Tensor v, Tensor mixed, int window)
    implements CausalAttention.Part {
  private static final long BLOCK = 64;

  static Banded of(Tensor q, Tensor k, Tensor v, int window) {
    Tensor mixed = q.new_empty(q.size(0), q.size(1), q.size(2), q.size(3));
    for (long at = 0; at < q.size(1); at += BLOCK) {
      try (var scope = new PointerScope()) {
        var block = Block.at(at, q.size(1), k.size(1), window);
        block.queries(mixed).copy_(block.table(q, k, v).mixed());
      }
    }
    return new Banded(q, k, v, mixed, window);
  }

  /**
   * Queries and the keys that they see.
   *
   * @param at the first query
   * @param place its position among the keys
   * @param first the first key
   */
  private record Block(long at, long count, long place, long first, int window) {
    static Block at(long at, long queries, long keys, int window) {
      long place = keys - queries + at;
      long first = Math.max(0, place - window + 1);
      return new Block(at, Math.min(BLOCK, queries - at), place, first, window);
    }

    Tensor queries(Tensor x) {
      return x.narrow(1, at, count);
    }

    Tensor keys(Tensor x) {
      return x.narrow(1, first, place + count - first);
    }

    ScoreTable table(Tensor q, Tensor k, Tensor v) {
      return ScoreTable.of(
          wide(queries(q)), wide(keys(k)), wide(keys(v)), hidden(wide(queries(q))));
    }

    /** −∞ where a query does not see a key, else 0 {@code [queries, keys]}. */
    private Tensor hidden(Tensor like) {
      long[] size = {count, place + count - first};
      long ahead = place - first;
      var never = new Scalar(Double.NEGATIVE_INFINITY);
      Tensor later = like.new_full(size, never).triu_(ahead + 1);
      return later.add_(like.new_full(size, never).tril_(ahead - window));
    }
  }

  @Override
  public List<Tensor> needed() {
    return List.of(q, k, v);
  }

  @Override
  public void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv) {
    Tensor keySum = wide(torch.zeros_like(k));
    Tensor valueSum = wide(torch.zeros_like(v));
    for (long at = 0; at < q.size(1); at += BLOCK) {
      try (var scope = new PointerScope()) {
        var block = Block.at(at, q.size(1), k.size(1), window);
        Tensor dOut = wide(block.queries(dMixed));
        Tensor blockQueries = torch.empty_like(dOut);
        Tensor blockKeys = torch.empty_like(block.keys(keySum));
        Tensor blockValues = torch.empty_like(block.keys(valueSum));
        block.table(q, k, v).backward(dOut, blockQueries, blockKeys, blockValues);
        block.queries(dq).copy_(blockQueries);
        block.keys(keySum).add_(blockKeys);
        block.keys(valueSum).add_(blockValues);
      }
    }
    dk.copy_(keySum);
    dv.copy_(valueSum);
  }

  /** Scores, and a key's sum over the blocks that see it, are at least in fp32. */
  private static Tensor wide(Tensor x) {
    return Tensors.type(x) == ScalarType.BFloat16 ? x.to(ScalarType.Float) : x;
  }
}
