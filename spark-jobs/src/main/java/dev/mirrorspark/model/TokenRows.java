package dev.mirrorspark.model;

import org.bytedeco.pytorch.Tensor;

/** How the tokens of packed sequences lie in the rows of a pass's activations. */
sealed interface TokenRows permits Buckets, Spread {

  /** Token ids {@code [rows]}; 0 where padded. */
  int[] tokens();

  /** Position of each row's token within its own sequence {@code [rows]}. */
  int[] positions();

  /** Row of each token of the packed sequences {@code [total]}; −1: another rank has it. */
  int[] rows();

  /** Tokens of the longest sequence. */
  int longest();

  /**
   * Attention of one layer over these rows.
   *
   * @param window how many positions a query sees, its own among them; 0: all before it
   */
  Attention attention(int window);

  /** One layer's causal attention within each sequence, forwards and backwards. */
  sealed interface Attention permits CausalAttention, SpreadAttention {

    /**
     * Attention of q {@code [n, heads, d]} over k and v {@code [n, kvHeads, d]}.
     *
     * @param keep whether a backward pass follows; what it needs goes to {@code kept}
     * @return {@code [n, heads * d]}
     */
    Tensor forward(Tensor q, Tensor k, Tensor v, boolean keep, Kept kept);

    /**
     * Writes the gradients of q, k and v {@code [n, h, d]}.
     *
     * @param dMixed gradient of the output {@code [n, heads * d]}
     */
    void backward(Tensor dMixed, Tensor dq, Tensor dk, Tensor dv);
  }
}
