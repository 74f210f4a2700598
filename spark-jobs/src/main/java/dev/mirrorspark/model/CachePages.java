package dev.mirrorspark.model;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What the pages of a cache hold, and attention over them. Projections are {@code qkv [tokens,
 * heads + 2 * kvHeads, headDim]}: queries, keys, values, all turned.
 */
sealed interface CachePages permits HostPages, BytePages, DevicePages {

  /** One new token of each of some sequences: stores its key and value, and attends. */
  interface Step {
    /**
     * One layer's part.
     *
     * @param qkv {@code [sequences, heads + 2 * kvHeads, headDim]}, contiguous
     * @return {@code [sequences, heads * headDim]}
     */
    Tensor attend(int layer, Tensor qkv);
  }

  /**
   * Prepares a step for all layers.
   *
   * @param positions place of each sequence's token {@code [sequences]}
   * @param places the same on the device
   */
  Step step(List<KvCache.Sequence> sequences, int[] positions, Tensor places);

  /**
   * Stores keys and values of a run of tokens of one sequence. Pages that round them put what they
   * hold back into qkv.
   *
   * @param qkv contiguous; the run's tokens are its rows from {@code row} on
   * @param from the first token's position
   */
  void store(int layer, KvCache.Sequence sequence, Tensor qkv, int row, int from, int count);

  /** Keys, then values, of a sequence's first tokens {@code [2, tokens, kvHeads, headDim]}. */
  Tensor earlier(int layer, KvCache.Sequence sequence, int tokens);

  /** Copies what a page holds to other pages, in every layer. */
  void copy(int from, int[] to);

  /** Puts random numbers everywhere. */
  void noise();
}
