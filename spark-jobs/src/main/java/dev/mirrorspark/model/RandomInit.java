package dev.mirrorspark.model;

import java.util.Random;

/**
 * Random weights of a new model: normal with variance 1/width for projections, smaller by
 * 1/√(2·layers) where they write to the residual stream (Radford et al., 2019); norms are 1, biases
 * 0.
 */
public final class RandomInit {
  private RandomInit() {}

  /**
   * All parameters {@code [layout.size()]}, the same for the same arguments.
   *
   * @param embeddingStd standard deviation of the embedding
   */
  public static float[] flat(ModelShape shape, double embeddingStd, long seed) {
    var random = new Random(seed);
    var layout = ParameterLayout.of(shape);
    float[] flat = new float[Math.toIntExact(layout.size())];
    for (ParameterLayout.Entry entry : layout.entries()) {
      double std = standardDeviation(shape, entry, embeddingStd);
      int from = Math.toIntExact(entry.offset());
      for (int i = from; i < from + entry.size(); i++) {
        flat[i] = (float) (std * random.nextGaussian());
        if (entry.name().contains("norm")) {
          flat[i] = 1;
        }
      }
    }
    return flat;
  }

  private static double standardDeviation(
      ModelShape shape, ParameterLayout.Entry entry, double embeddingStd) {
    if (entry.shape().length == 1) {
      return 0;
    }
    if (entry.name().contains("embed_tokens")) {
      return embeddingStd;
    }
    double std = 1 / Math.sqrt(entry.shape()[1]);
    boolean residual = entry.name().contains("o_proj") || entry.name().contains("down_proj");
    return residual ? std / Math.sqrt(2.0 * shape.layers()) : std;
  }
}
