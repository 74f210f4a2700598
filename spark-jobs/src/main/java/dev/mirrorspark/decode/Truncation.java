package dev.mirrorspark.decode;

import java.io.Serializable;

/**
 * Which tokens may be drawn at all. What is left keeps its proportions; the log-probs that are
 * stored stay those of the whole distribution at the temperature.
 *
 * @param topK the so many most likely ones; 0: all
 * @param topP of those the fewest most likely ones that have this share of the probability; 1: all
 * @param minP of those such with at least this share of the most likely one's probability; 0: all
 * @param minTokens fewest tokens of a response, its end token among them
 */
public record Truncation(int topK, double topP, double minP, int minTokens)
    implements Serializable {

  /** Every token, at every place. */
  public static final Truncation NONE = new Truncation(0, 1, 0, 0);

  /** Whether tokens are left out for being unlikely. */
  boolean unlikely() {
    return topK > 0 || topP < 1 || minP > 0;
  }
}
