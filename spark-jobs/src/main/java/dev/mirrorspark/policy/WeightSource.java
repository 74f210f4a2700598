package dev.mirrorspark.policy;

import dev.mirrorspark.model.ModelShape;
import java.io.Serializable;
import org.bytedeco.pytorch.Tensor;

/** Where a task finds the weights of a policy. */
public interface WeightSource extends Serializable {

  /** Names the weights: sources with equal keys load equal weights. */
  String key();

  /** The shape of the model, known without loading it. */
  ModelShape shape();

  /**
   * Reads the weights.
   *
   * @param flat receives all parameters {@code [layout.size()]}, fp32 in host memory
   * @throws dev.mirrorspark.config.UserError if they are missing or damaged; the message names the
   *     file
   */
  void read(Tensor flat);
}
