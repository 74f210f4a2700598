package dev.mirrorspark.decode;

import java.io.Serializable;

/**
 * How tokens are chosen.
 *
 * @param temperature logits are divided by it; 0: the most likely token (greedy)
 * @param maxTokens longest response, in tokens
 */
public record Sampling(double temperature, int maxTokens) implements Serializable {
  /** Whether the most likely token is taken. */
  public boolean greedy() {
    return temperature == 0;
  }
}
