package dev.mirrorspark.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention of pieces of prompts over what the cache holds of their sequences, themselves included.
 * On a CPU a layer without a window needs no mask: keys before the piece and those of the piece are
 * two calls of the fused kernel, joined by the logarithms of their softmax sums, so that memory is
 * linear in the sequence. A window's mask spans the window and the piece.
 */
final class PieceAttention {
  private final ModelShape shape;
  private final List<Decoder.Piece> pieces;
  private final MaskedAttention masked;
  private final boolean fused;
  private final List<Map<Integer, Tensor>> masks = new ArrayList<>();

  /** Pieces of prompts, for all layers; masks live in the caller's pointer scope. */
  PieceAttention(ModelShape shape, List<Decoder.Piece> pieces, Tensor like) {
    this.shape = shape;
    this.pieces = pieces;
    this.masked = new MaskedAttention(shape, like);
    this.fused = !like.is_cuda();
    for (Decoder.Piece piece : pieces) {
      Map<Integer, Tensor> byWindow = new HashMap<>();
      for (int layer = 0; layer < shape.layers(); layer++) {
        if (!fused(piece, layer)) {
          byWindow.computeIfAbsent(
              shape.window(layer),
              window -> masked.mask(piece.from(), first(piece, window), piece.end(), window));
        }
      }
      masks.add(byWindow);
    }
  }

  private boolean fused(Decoder.Piece piece, int layer) {
    int window = shape.window(layer);
    return fused && (window == 0 || window >= piece.end());
  }

  /** The first position that a piece's first token sees. */
  private static int first(Decoder.Piece piece, int window) {
    return window == 0 ? 0 : Math.max(0, piece.from() + 1 - window);
  }

  /**
   * Attention of one piece in one layer, whose keys and values are in the cache.
   *
   * @param q the piece's queries {@code [tokens, heads, d]}
   * @return {@code [tokens, heads * d]}
   */
  Tensor attend(int layer, int index, Tensor q, KvCache cache) {
    Decoder.Piece piece = pieces.get(index);
    Tensor seen = cache.contents().earlier(layer, piece.sequence(), piece.end());
    if (fused(piece, layer)) {
      return joined(piece.from(), q, seen);
    }
    int window = shape.window(layer);
    int first = first(piece, window);
    Tensor part = seen.narrow(1, first, piece.end() - first);
    return masked.attend(1, q, part.select(0, 0), part.select(0, 1), masks.get(index).get(window));
  }

  private Tensor joined(int from, Tensor q, Tensor seen) {
    long own = q.size(0);
    Tensor mixed = q.new_empty(own, shape.heads(), shape.headDim());
    for (int group = 0; group < shape.heads() / shape.kvHeads(); group++) {
      Tensor queries = group(q, group);
      var out = FlashKernel.of(queries, part(seen, 0, from, own), part(seen, 1, from, own), true);
      if (from > 0) {
        out =
            FlashKernel.of(queries, part(seen, 0, 0, from), part(seen, 1, 0, from), false)
                .join(out);
      }
      group(mixed, group).copy_(out.out());
    }
    return mixed.flatten(1, 2);
  }

  /** Keys (0) or values (1) of some positions {@code [1, kvHeads, count, d]}. */
  private static Tensor part(Tensor seen, int what, long from, long count) {
    return seen.select(0, what).narrow(0, from, count).transpose(0, 1).unsqueeze(0);
  }

  /** One query head of every key head {@code [1, kvHeads, n, d]}. */
  private Tensor group(Tensor x, int group) {
    return x.unflatten(1, shape.kvHeads(), shape.heads() / shape.kvHeads())
        .select(2, group)
        .transpose(0, 1)
        .unsqueeze(0);
  }
}
