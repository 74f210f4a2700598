package dev.mirrorspark.decode;

import dev.mirrorspark.model.ModelShape;
import java.io.Serializable;

/** Where a task finds the weights of a policy. */
public interface WeightSource extends Serializable {

  /**
   * The weights of a policy in host memory.
   *
   * @param flat all parameters {@code [layout.size()]}, fp32
   */
  record Weights(ModelShape shape, float[] flat) {}

  /** Names the weights: sources with equal keys load equal weights. */
  String key();

  /** The shape of the model, known without loading it. */
  ModelShape shape();

  /**
   * Reads the weights.
   *
   * @throws dev.mirrorspark.config.UserError if they are missing or damaged; the message names the
   *     file
   */
  Weights load();
}
