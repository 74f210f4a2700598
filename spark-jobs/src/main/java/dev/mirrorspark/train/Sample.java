package dev.mirrorspark.train;

import dev.mirrorspark.vision.PictureFile;
import java.io.Serializable;

/**
 * A prompt with one response, as the trainer sees it: token ids and streams over the response's
 * tokens.
 *
 * @param key names the response in errors: prompt id and sample
 * @param group names the responses that stay together: those to one prompt
 * @param tokens prompt and response token ids
 * @param promptLength tokens before the response
 * @param mask whether a response token carries loss {@code [response]}
 * @param sampling log-prob of each response token when it was sampled, nats {@code [response]};
 *     empty where no policy sampled the response
 * @param advantage credit of each response token {@code [response]}; empty where there is none
 * @param currentFrom response token from which on the policy that trains has sampled; before it lie
 *     segments of earlier policies (2.6.2)
 * @param weight factor of this response's loss within its step
 * @param engine log-prob of each response token as another engine that sampled it gave it, nats
 *     {@code [response]}; empty where {@code sampling} holds what was given
 * @param factor weight of each response token in the gradient {@code [response]}; empty: all 1
 * @param picture what the prompt shows, {@link PictureFile#NONE} where it is text alone
 */
public record Sample(
    String key,
    String group,
    int[] tokens,
    int promptLength,
    boolean[] mask,
    float[] sampling,
    float[] advantage,
    int currentFrom,
    double weight,
    float[] engine,
    float[] factor,
    PictureFile picture)
    implements Serializable {

  /** A response whose log-probs are as they were given, all tokens of weight 1. */
  public Sample(
      String key,
      String group,
      int[] tokens,
      int promptLength,
      boolean[] mask,
      float[] sampling,
      float[] advantage,
      int currentFrom,
      double weight) {
    this(
        key,
        group,
        tokens,
        promptLength,
        mask,
        sampling,
        advantage,
        currentFrom,
        weight,
        new float[0],
        new float[0],
        PictureFile.NONE);
  }

  /** Response tokens. */
  public int responseLength() {
    return tokens.length - promptLength;
  }

  /** Response tokens that carry loss. */
  public int lossTokens() {
    int count = 0;
    for (boolean loss : mask) {
      count += loss ? 1 : 0;
    }
    return count;
  }

  /** The same sample with what its prompt shows. */
  Sample seeing(PictureFile shown) {
    return with(sampling, advantage, weight, engine, factor, shown);
  }

  /** The same sample with another factor of its loss. */
  Sample weighted(double other) {
    return with(sampling, advantage, other, engine, factor, picture);
  }

  /** The same sample with other streams. */
  Sample corrected(float[] newSampling, float[] newAdvantage, float[] given, float[] weights) {
    return with(newSampling, newAdvantage, weight, given, weights, picture);
  }

  private Sample with(
      float[] newSampling,
      float[] newAdvantage,
      double newWeight,
      float[] newEngine,
      float[] newFactor,
      PictureFile newPicture) {
    return new Sample(
        key,
        group,
        tokens,
        promptLength,
        mask,
        newSampling,
        newAdvantage,
        currentFrom,
        newWeight,
        newEngine,
        newFactor,
        newPicture);
  }

  /** The log-prob of each response token as whoever sampled it gave it. */
  float[] given() {
    return engine.length > 0 ? engine : sampling;
  }

  /** Of a stream over the response, the values of the tokens with loss; an empty one stays so. */
  float[] withLoss(float[] stream) {
    if (stream.length == 0) {
      return stream;
    }
    float[] kept = new float[lossTokens()];
    int n = 0;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        kept[n++] = stream[i];
      }
    }
    return kept;
  }
}
