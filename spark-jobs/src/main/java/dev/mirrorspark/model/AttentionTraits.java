package dev.mirrorspark.model;

import java.io.Serializable;
import java.util.List;

/**
 * In what the attention of one model family differs from another's.
 *
 * @param qkvBias whether the query, key and value projections have a bias
 * @param outputBias whether the output projection has a bias
 * @param qkNorm whether each query and key head passes an RMSNorm of its own before the rotary turn
 * @param layers what each layer sees, one entry a layer
 */
public record AttentionTraits(
    boolean qkvBias, boolean outputBias, boolean qkNorm, List<LayerAttention> layers)
    implements Serializable {

  public AttentionTraits {
    layers = List.copyOf(layers);
  }

  /** Full attention with rotary positions in every layer, and no norm of queries and keys. */
  static AttentionTraits plain(boolean qkvBias, boolean outputBias, int layers) {
    return new AttentionTraits(qkvBias, outputBias, false, LayerAttention.full(layers));
  }

  /** The one window of the layers that have one; 0 if none has. */
  int window() {
    return layers.stream().mapToInt(LayerAttention::window).max().orElse(0);
  }
}
