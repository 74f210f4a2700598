package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;

/**
 * AdamW on one shard of the flat parameter buffer (Loshchilov and Hutter, 2019), in place.
 *
 * <p>Plain Java over arrays: the arithmetic is elementwise, so its result does not depend on how
 * the parameters are cut into shards.
 */
public final class AdamW {
  private AdamW() {}

  /**
   * One step.
   *
   * @param weights parameters {@code [n]}, updated
   * @param first first moment {@code [n]}, updated
   * @param second second moment {@code [n]}, updated
   * @param gradient gradient {@code [n]}, already summed over partitions
   * @param clip factor of the gradient, from the clipping by the global norm
   * @param step number of this step since the moments were zero, from 1
   */
  public static void step(
      float[] weights,
      float[] first,
      float[] second,
      float[] gradient,
      double clip,
      double learningRate,
      int step,
      RunConfig.Adam adam) {
    float beta1 = (float) adam.beta1();
    float beta2 = (float) adam.beta2();
    float scale = (float) clip;
    float rate = (float) (learningRate / (1 - Math.pow(adam.beta1(), step)));
    float correction = (float) (1 / Math.sqrt(1 - Math.pow(adam.beta2(), step)));
    float epsilon = (float) adam.epsilon();
    float decay = (float) (1 - learningRate * adam.weightDecay());
    for (int i = 0; i < weights.length; i++) {
      float g = gradient[i] * scale;
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      float denominator = (float) Math.sqrt(second[i]) * correction + epsilon;
      weights[i] = weights[i] * decay - rate * first[i] / denominator;
    }
  }

  /** Factor that brings a gradient of that norm down to the clipping norm; 1 if it is below. */
  public static double clip(double norm, double clipNorm) {
    return clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  }
}
