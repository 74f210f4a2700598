package dev.mirrorspark.train;

import java.io.Serializable;

/**
 * A prompt with one response, as the trainer sees it.
 *
 * @param key names the response in errors: prompt id and sample
 * @param tokens prompt and response token ids
 * @param promptLength tokens before the response
 * @param samplingLogprobs log-prob of each response token when it was sampled, nats; empty where
 *     the response was not sampled (supervised examples)
 * @param advantage reward minus baseline; 0 for supervised examples
 * @param weight factor of this sequence's loss within its step
 */
public record TrainSequence(
    String key,
    int[] tokens,
    int promptLength,
    float[] samplingLogprobs,
    double advantage,
    double weight)
    implements Serializable {

  /** Response tokens. */
  public int responseLength() {
    return tokens.length - promptLength;
  }

  /** The same sequence with another factor of its loss. */
  public TrainSequence weighted(double factor) {
    return new TrainSequence(key, tokens, promptLength, samplingLogprobs, advantage, factor);
  }
}
