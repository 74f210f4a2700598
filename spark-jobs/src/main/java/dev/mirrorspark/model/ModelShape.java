package dev.mirrorspark.model;

import java.io.Serializable;

/**
 * The shape of a decoder of the Llama and Qwen2 family, as {@code config.json} states it.
 *
 * @param family {@code llama} or {@code qwen2}; decides the architecture name and which projections
 *     can have a bias
 * @param heads query heads
 * @param kvHeads key and value heads; {@code heads} is a multiple of it (grouped-query attention)
 * @param headDim width of one head; even
 * @param intermediate width of the SwiGLU layer
 * @param maxPositions longest sequence, prompt and response together, in tokens
 * @param qkvBias whether the query, key and value projections have a bias
 * @param outputBias whether the attention's output projection has a bias (Llama with {@code
 *     attention_bias})
 * @param tiedEmbeddings whether the output layer is the embedding
 */
public record ModelShape(
    String family,
    int vocab,
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int intermediate,
    int maxPositions,
    double ropeTheta,
    double rmsNormEps,
    boolean qkvBias,
    boolean outputBias,
    boolean tiedEmbeddings)
    implements Serializable {

  /** Width of all query heads together. */
  public int queryWidth() {
    return heads * headDim;
  }

  /** Width of all key heads together; the value heads are as wide. */
  public int keyWidth() {
    return kvHeads * headDim;
  }
}
