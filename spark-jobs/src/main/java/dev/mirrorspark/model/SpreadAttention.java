package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Causal attention of sequences that are spread over ranks: keys and values of all ranks are
 * gathered, each rank computes its own queries, and the gradients of keys and values go back to
 * their owners as sums in the order of ranks. Only the rank's own keys and values are kept for the
 * backward pass, which gathers again; memory is linear in tokens.
 *
 * <p>A stretch of queries sees all keys before it, and itself causally: the fused kernel computes
 * both, and they are joined. Within a window it is {@link Banded}.
 */
final class SpreadAttention implements TokenRows.Attention {
  private final Spread spread;
  private final int window;
  private final List<FlashKernel.Mixed> mixed = new ArrayList<>();
  private Tensor queries;
  private Tensor keysValues;

  SpreadAttention(Spread spread, int window) {
    this.spread = spread;
    this.window = window;
  }

  /**
   * The queries of a stretch and what they may see.
   *
   * @param row of its first query
   * @param length number of queries, and of keys from {@code before} on
   * @param before keys before the first query
   */
  private record Stretch(int row, int length, int before) {
    Tensor of(Tensor rows) {
      return rows.narrow(0, row, length);
    }
  }

  private Stretch stretch(int sequence, int half) {
    int length = spread.stretches()[sequence];
    return new Stretch(
        spread.starts()[sequence] + half * length, length, spread.stretch(half) * length);
  }

  private boolean banded(Stretch stretch) {
    return window > 0 && window < stretch.before() + stretch.length();
  }

  /** The first key that a query of the stretch sees. */
  private int first(Stretch stretch) {
    return Math.max(0, stretch.before() - window + 1);
  }

  @Override
  public Tensor forward(Tensor q, Tensor k, Tensor v, boolean keep, Kept kept) {
    Tensor own = torch.cat(new TensorVector(k, v), 1).flatten(1, 2);
    Tensor result = torch.empty_like(q);
    try (var scope = new PointerScope()) {
      Tensor all = spread.gather(own);
      for (int sequence = 0; sequence < spread.stretches().length; sequence++) {
        Tensor pairs = pairs(spread.inOrder(all, sequence), k);
        for (int half = 0; half < 2; half++) {
          forward(stretch(sequence, half), q, pairs, result, keep, kept);
        }
      }
    }
    if (keep) {
      queries = kept.keep(q);
      keysValues = kept.keep(own);
    }
    return result.flatten(1, 2);
  }

  private void forward(
      Stretch stretch, Tensor q, Tensor pairs, Tensor result, boolean keep, Kept kept) {
    long kvHeads = pairs.size(1) / 2;
    Tensor target = stretch.of(result);
    if (banded(stretch)) {
      target.copy_(band(stretch, q, pairs).mixed().squeeze(0));
      return;
    }
    for (long group = 0; group < q.size(1) / kvHeads; group++) {
      Tensor ofGroup = group(stretch.of(q), kvHeads, group);
      FlashKernel.Mixed out =
          FlashKernel.of(ofGroup, keys(pairs, stretch, true), values(pairs, stretch, true), true);
      if (stretch.before() > 0) {
        out =
            FlashKernel.of(
                    ofGroup, keys(pairs, stretch, false), values(pairs, stretch, false), false)
                .join(out);
      }
      group(target, kvHeads, group).copy_(out.out());
      if (keep) {
        mixed.add(new FlashKernel.Mixed(kept.keep(out.out()), kept.keep(out.logSum())));
      }
    }
  }

  @Override
  public void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv) {
    Tensor dOut = dMixed.view(dq.sizes());
    Tensor all = spread.gather(keysValues);
    boolean bf16 = Tensors.type(all) == ScalarType.BFloat16;
    Tensor sums = torch.empty_like(bf16 ? all.to(ScalarType.Float) : all);
    int next = 0;
    for (int sequence = 0; sequence < spread.stretches().length; sequence++) {
      try (var scope = new PointerScope()) {
        Tensor inOrder = spread.inOrder(all, sequence);
        Tensor pairs = pairs(inOrder, dk);
        Tensor dPairs = torch.zeros_like(bf16 ? inOrder.to(ScalarType.Float) : inOrder);
        for (int half = 0; half < 2; half++) {
          next = backward(stretch(sequence, half), next, pairs, dOut, dq, pairs(dPairs, dk));
        }
        int length = spread.stretches()[sequence];
        for (int i = 0; i < 2 * spread.ranks().count(); i++) {
          spread.stretch(sums, sequence, i).copy_(dPairs.narrow(0, (long) i * length, length));
        }
      }
    }
    Tensor mine = pairs(spread.sum(sums), dk);
    dk.copy_(mine.narrow(1, 0, dk.size(1)));
    dv.copy_(mine.narrow(1, dk.size(1), dk.size(1)));
  }

  /** The part of a stretch of queries; returns which of {@link #mixed} the next one begins with. */
  private int backward(
      Stretch stretch, int next, Tensor pairs, Tensor dOut, Tensor dq, Tensor dPairs) {
    long kvHeads = pairs.size(1) / 2;
    try (var scope = new PointerScope()) {
      if (banded(stretch)) {
        Band seen = new Band(first(stretch), stretch.before() + stretch.length());
        Tensor dKeys = seen.of(dPairs.narrow(1, 0, kvHeads));
        Tensor dValues = seen.of(dPairs.narrow(1, kvHeads, kvHeads));
        Tensor keySums = torch.empty_like(dKeys);
        Tensor valueSums = torch.empty_like(dValues);
        new Banded(
                stretch.of(queries).unsqueeze(0),
                seen.of(pairs.narrow(1, 0, kvHeads)),
                seen.of(pairs.narrow(1, kvHeads, kvHeads)),
                new Tensor(),
                window)
            .backward(
                stretch.of(dOut).unsqueeze(0), stretch.of(dq).unsqueeze(0), keySums, valueSums);
        dKeys.add_(keySums);
        dValues.add_(valueSums);
        return next;
      }
      int index = next;
      for (long group = 0; group < dq.size(1) / kvHeads; group++) {
        FlashKernel.Mixed out = mixed.get(index++);
        Tensor ofGroup = group(stretch.of(queries), kvHeads, group);
        Tensor slope = group(stretch.of(dOut), kvHeads, group);
        Tensor target = group(stretch.of(dq), kvHeads, group);
        for (boolean itself : new boolean[] {true, false}) {
          if (itself || stretch.before() > 0) {
            FlashKernel.Slopes slopes =
                FlashKernel.backward(
                    slope,
                    ofGroup,
                    keys(pairs, stretch, itself),
                    values(pairs, stretch, itself),
                    out,
                    itself);
            if (itself) {
              target.copy_(slopes.q());
            } else {
              target.add_(slopes.q());
            }
            keys(dPairs, stretch, itself).add_(slopes.k());
            values(dPairs, stretch, itself).add_(slopes.v());
          }
        }
      }
      return index;
    }
  }

  /** Keys from {@code first} to {@code end}, as {@code [1, keys, kvHeads, d]}. */
  private record Band(int first, int end) {
    Tensor of(Tensor keys) {
      return keys.narrow(0, first, end - first).unsqueeze(0);
    }
  }

  private Banded band(Stretch stretch, Tensor q, Tensor pairs) {
    long kvHeads = pairs.size(1) / 2;
    var seen = new Band(first(stretch), stretch.before() + stretch.length());
    return Banded.of(
        stretch.of(q).unsqueeze(0),
        seen.of(pairs.narrow(1, 0, kvHeads)),
        seen.of(pairs.narrow(1, kvHeads, kvHeads)),
        window);
  }

  /** {@code [tokens, 2 * kvHeads * d]} as {@code [tokens, 2 * kvHeads, d]}. */
  private static Tensor pairs(Tensor flat, Tensor like) {
    return flat.unflatten(1, 2 * like.size(1), like.size(2));
  }

  /** The keys of a stretch itself, or all before it {@code [1, kvHeads, keys, d]}. */
  private static Tensor keys(Tensor pairs, Stretch stretch, boolean itself) {
    return seen(pairs.narrow(1, 0, pairs.size(1) / 2), stretch, itself);
  }

  private static Tensor values(Tensor pairs, Stretch stretch, boolean itself) {
    long kvHeads = pairs.size(1) / 2;
    return seen(pairs.narrow(1, kvHeads, kvHeads), stretch, itself);
  }

  private static Tensor seen(Tensor x, Stretch stretch, boolean itself) {
    Tensor part =
        itself ? x.narrow(0, stretch.before(), stretch.length()) : x.narrow(0, 0, stretch.before());
    return part.transpose(0, 1).unsqueeze(0);
  }

  /** Of {@code [n, heads, d]} one query head of every key head {@code [1, kvHeads, n, d]}. */
  private static Tensor group(Tensor x, long kvHeads, long group) {
    return x.unflatten(1, kvHeads, x.size(1) / kvHeads)
        .select(2, group)
        .transpose(0, 1)
        .unsqueeze(0);
  }
}
