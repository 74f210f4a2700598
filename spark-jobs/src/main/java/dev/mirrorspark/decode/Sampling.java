package dev.mirrorspark.decode;

import dev.mirrorspark.config.RunConfig;
import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * How tokens are chosen, and what ends a response.
 *
 * @param temperature logits are divided by it; 0: the most likely token (greedy)
 * @param maxTokens longest response, in tokens, over all its segments
 * @param budget tokens that a response may gain before it is put off; 0: as many as it needs
 * @param fullSlots once no response waits and a smaller share of the slots is busy, the others are
 *     put off; 0: never
 * @param repeatTokens repeating tokens at the end of a response that end it; 0: none do
 * @param truncation which tokens may be drawn
 * @param stop texts that end a response in which they appear; they stay part of it
 * @param stopIds token ids that end a response beside the policy's end tokens
 */
public record Sampling(
    double temperature,
    int maxTokens,
    int budget,
    double fullSlots,
    int repeatTokens,
    Truncation truncation,
    List<String> stop,
    Set<Integer> stopIds)
    implements Serializable {

  public Sampling {
    stop = List.copyOf(stop);
    stopIds = Set.copyOf(stopIds);
  }

  /** Of the whole distribution, until the policy ends a response. */
  public Sampling(
      double temperature, int maxTokens, int budget, double fullSlots, int repeatTokens) {
    this(
        temperature,
        maxTokens,
        budget,
        fullSlots,
        repeatTokens,
        Truncation.NONE,
        List.of(),
        Set.of());
  }

  /** Every response to its end, of the whole distribution. */
  public Sampling(double temperature, int maxTokens) {
    this(temperature, maxTokens, 0, 0, 0);
  }

  /** As a run file's rollout says. */
  public static Sampling of(RunConfig.Rollout rollout) {
    return new Sampling(
        rollout.temperature(),
        rollout.maxTokens(),
        rollout.budget(),
        rollout.fullSlots(),
        rollout.repeatTokens(),
        new Truncation(rollout.topK(), rollout.topP(), rollout.minP(), rollout.minTokens()),
        rollout.stop(),
        Set.copyOf(rollout.stopIds()));
  }

  /** The same with every response to its end, however it repeats itself, at a temperature. */
  public Sampling ended(double otherTemperature) {
    return new Sampling(otherTemperature, maxTokens, 0, 0, 0, truncation, stop, stopIds);
  }

  /** The same with every response to its end, of so many tokens at most. */
  public Sampling alone(int most) {
    return new Sampling(temperature, most, 0, 0, repeatTokens, truncation, stop, stopIds);
  }

  /** Whether the most likely token is taken. */
  public boolean greedy() {
    return temperature == 0;
  }
}
