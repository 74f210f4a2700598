package dev.mirrorspark.decode;

import java.io.Serializable;

/**
 * How tokens are chosen.
 *
 * @param temperature logits are divided by it; 0: the most likely token (greedy)
 * @param maxTokens longest response, in tokens, over all its segments
 * @param budget tokens that a response may gain before it is put off; 0: as many as it needs
 * @param fullSlots once no response waits and a smaller share of the slots is busy, the others are
 *     put off; 0: never
 * @param repeatTokens repeating tokens at the end of a response that end it; 0: none do
 */
public record Sampling(
    double temperature, int maxTokens, int budget, double fullSlots, int repeatTokens)
    implements Serializable {

  /** Every response to its end. */
  public Sampling(double temperature, int maxTokens) {
    this(temperature, maxTokens, 0, 0, 0);
  }

  /** Whether the most likely token is taken. */
  public boolean greedy() {
    return temperature == 0;
  }
}
