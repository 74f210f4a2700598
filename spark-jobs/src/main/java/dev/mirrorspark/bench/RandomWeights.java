package dev.mirrorspark.bench;

import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.policy.WeightSource;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;

/** Normal weights of deviation 0.02, read from nowhere. */
record RandomWeights(ModelShape shape) implements WeightSource {

  @Override
  public String sha256() {
    return key();
  }

  @Override
  public String key() {
    return "random " + shape;
  }

  @Override
  public void read(Tensor flat) {
    flat.normal_(0, 0.02, new GeneratorOptional());
  }
}
