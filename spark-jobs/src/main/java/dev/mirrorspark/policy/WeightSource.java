package dev.mirrorspark.policy;

import dev.mirrorspark.config.LoraConfig;
import dev.mirrorspark.model.FlatRange;
import dev.mirrorspark.model.ModelShape;
import java.io.Serializable;
import org.bytedeco.pytorch.Tensor;

/** Where a task finds the weights of a policy. */
public interface WeightSource extends Serializable {

  /** Names the weights: sources with equal keys load equal weights. */
  String key();

  /** Hash of its tensors: equal ones have equal weights, wherever they lie. */
  String sha256();

  /** The shape of the model, known without loading it. */
  ModelShape shape();

  /**
   * Reads the weights, the part of adapters added where there are some.
   *
   * @param flat receives all parameters {@code [layout.size()]}, fp32 in host memory
   * @throws dev.mirrorspark.config.UserError if they are missing or damaged; the message names the
   *     file
   */
  void read(Tensor flat);

  /** The adapters that training from here changes; {@link LoraConfig#NONE}: it changes all. */
  default LoraConfig lora() {
    return LoraConfig.NONE;
  }

  /** As {@link #read}, without the part of the adapters. */
  default void readBase(Tensor flat) {
    read(flat);
  }

  /** The adapters {@code [size]} of {@link dev.mirrorspark.model.ParameterLayout#ofAdapters}. */
  default FlatRange adapters() {
    throw new IllegalStateException("no adapters: " + key());
  }
}
