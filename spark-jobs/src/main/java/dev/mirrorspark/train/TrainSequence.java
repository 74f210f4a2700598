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
 * @param lossFrom response token from which on there is loss: earlier segments can be left out
 *     (2.6.2)
 * @param currentFrom response token from which on the policy that trains has sampled; before it lie
 *     segments of earlier policies
 */
public record TrainSequence(
    String key,
    int[] tokens,
    int promptLength,
    float[] samplingLogprobs,
    double advantage,
    double weight,
    int lossFrom,
    int currentFrom)
    implements Serializable {

  /** A sequence whose whole response carries loss and was sampled by the policy that trains. */
  public TrainSequence(
      String key,
      int[] tokens,
      int promptLength,
      float[] samplingLogprobs,
      double advantage,
      double weight) {
    this(key, tokens, promptLength, samplingLogprobs, advantage, weight, 0, 0);
  }

  /** Response tokens. */
  public int responseLength() {
    return tokens.length - promptLength;
  }

  /** Response tokens that carry loss. */
  public int lossLength() {
    return responseLength() - lossFrom;
  }

  /** The same sequence with another factor of its loss. */
  public TrainSequence weighted(double factor) {
    return new TrainSequence(
        key, tokens, promptLength, samplingLogprobs, advantage, factor, lossFrom, currentFrom);
  }
}
