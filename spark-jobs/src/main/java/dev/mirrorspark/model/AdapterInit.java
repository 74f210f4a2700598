package dev.mirrorspark.model;

import dev.mirrorspark.config.LoraConfig;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Adapters before any training, as PEFT makes them: B is zero, so that the model is still its base,
 * and A is uniform in ±1/√inputs (He et al., 2015, with slope √5). A value is a hash of seed,
 * tensor and place, so that ranges can be read in any order.
 */
public record AdapterInit(ParameterLayout layout, long seed) implements FlatRange {

  /** The adapters of a model {@code [size]} of {@link ParameterLayout#ofAdapters}. */
  public static FlatRange values(ModelShape shape, LoraConfig lora, long seed) {
    return new AdapterInit(ParameterLayout.ofAdapters(shape, lora), seed);
  }

  @Override
  public void read(long from, Tensor into) {
    long to = from + into.numel();
    try (var scope = new PointerScope()) {
      Tensor target = into.view(-1);
      target.zero_();
      for (var entry : layout.entries()) {
        long first = Math.max(from, entry.offset());
        long last = Math.min(to, entry.offset() + entry.size());
        if (first < last && entry.name().endsWith("lora_A.weight")) {
          float[] values = values(entry, first - entry.offset(), (int) (last - first));
          target
              .narrow(0, first - from, last - first)
              .copy_(Tensors.ofFloats(values, last - first));
        }
      }
    }
  }

  private float[] values(ParameterLayout.Entry entry, long first, int count) {
    var name = new CRC32();
    name.update(entry.name().getBytes(StandardCharsets.UTF_8));
    long stream = mixed(mixed(seed) ^ name.getValue());
    double bound = 1 / Math.sqrt(entry.shape()[1]);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      double uniform = (mixed(stream + (first + i) * 0x9E3779B97F4A7C15L) >>> 11) * 0x1p-53;
      values[i] = (float) (bound * (2 * uniform - 1));
    }
    return values;
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
  private static long mixed(long x) {
    long z = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
