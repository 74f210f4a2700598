package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import java.util.Map;
import java.util.Random;

/** Random adapters, and what they mean, by plain loops over arrays. */
final class TinyAdapters {
  /** The module of each target, as PEFT names it below a layer. */
  private static final Map<String, String> MODULES =
      Map.of(
          "q_proj", "self_attn",
          "k_proj", "self_attn",
          "v_proj", "self_attn",
          "o_proj", "self_attn",
          "gate_proj", "mlp",
          "up_proj", "mlp",
          "down_proj", "mlp");

  private TinyAdapters() {}

  /** One adapter in the flat buffers of base and adapters: first elements and extents. */
  record Place(int weight, int a, int b, int rows, int columns) {}

  /** Normal values of deviation 0.3, B too. */
  static double[] values(ModelShape shape, LoraConfig lora, long seed) {
    var random = new Random(seed);
    return random
        .doubles(ParameterLayout.ofAdapters(shape, lora).size())
        .map(x -> 0.3 * random.nextGaussian())
        .toArray();
  }

  static Place place(ModelShape shape, LoraConfig lora, int layer, String target) {
    String module = "model.layers." + layer + "." + MODULES.get(target) + "." + target;
    var adapters = ParameterLayout.ofAdapters(shape, lora);
    var weight = ParameterLayout.of(shape).entry(module + ".weight");
    return new Place(
        (int) weight.offset(),
        (int) adapters.entry("base_model.model." + module + ".lora_A.weight").offset(),
        (int) adapters.entry("base_model.model." + module + ".lora_B.weight").offset(),
        (int) weight.shape()[0],
        (int) weight.shape()[1]);
  }

  /** The weights with (alpha / rank)·B·A added. */
  static double[] merged(ModelShape shape, LoraConfig lora, double[] base, double[] adapters) {
    double[] merged = base.clone();
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (String target : lora.targets()) {
        Place p = place(shape, lora, layer, target);
        for (int row = 0; row < p.rows(); row++) {
          for (int column = 0; column < p.columns(); column++) {
            for (int r = 0; r < lora.rank(); r++) {
              merged[p.weight() + row * p.columns() + column] +=
                  lora.alpha()
                      / lora.rank()
                      * adapters[p.b() + row * lora.rank() + r]
                      * adapters[p.a() + r * p.columns() + column];
            }
          }
        }
      }
    }
    return merged;
  }

  /** The gradient of adapters out of that of the merged weights: dA = s·BᵀdW, dB = s·dW·Aᵀ. */
  static double[] projected(
      ModelShape shape, LoraConfig lora, double[] dWeights, double[] adapters) {
    double[] gradient = new double[adapters.length];
    double scale = lora.alpha() / lora.rank();
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (String target : lora.targets()) {
        Place p = place(shape, lora, layer, target);
        for (int row = 0; row < p.rows(); row++) {
          for (int column = 0; column < p.columns(); column++) {
            double slope = scale * dWeights[p.weight() + row * p.columns() + column];
            for (int r = 0; r < lora.rank(); r++) {
              int a = p.a() + r * p.columns() + column;
              int b = p.b() + row * lora.rank() + r;
              gradient[a] += slope * adapters[b];
              gradient[b] += slope * adapters[a];
            }
          }
        }
      }
    }
    return gradient;
  }
}
