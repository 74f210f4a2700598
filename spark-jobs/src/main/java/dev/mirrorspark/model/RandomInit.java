package dev.mirrorspark.model;

import java.util.Iterator;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Random weights of a new model: normal with variance 1/width for projections, smaller by
 * 1/√(2·layers) where they write to the residual stream (Radford et al., 2019); norms are 1, biases
 * 0.
 */
public final class RandomInit implements FlatRange {
  private static final int CHUNK = 1 << 16;

  private final ModelShape shape;
  private final double embeddingStd;
  private final Random random;
  private final Iterator<ParameterLayout.Entry> entries;
  private long position;
  private long end;
  private double deviation;
  private boolean norm;

  private RandomInit(ModelShape shape, double embeddingStd, long seed) {
    this.shape = shape;
    this.embeddingStd = embeddingStd;
    this.random = new Random(seed);
    this.entries = ParameterLayout.of(shape).entries().iterator();
  }

  /**
   * All parameters {@code [layout.size()]}, the same for the same arguments, to be read once from
   * the first to the last.
   *
   * @param embeddingStd standard deviation of the embedding
   */
  public static FlatRange values(ModelShape shape, double embeddingStd, long seed) {
    return new RandomInit(shape, embeddingStd, seed);
  }

  @Override
  public void read(long from, Tensor into) {
    if (from != position) {
      throw new IllegalStateException("asked for " + from + ", the next value is " + position);
    }
    float[] chunk = new float[(int) Math.min(CHUNK, into.numel())];
    try (var scope = new PointerScope()) {
      for (long done = 0; done < into.numel(); done += chunk.length) {
        int count = (int) Math.min(chunk.length, into.numel() - done);
        for (int i = 0; i < count; i++) {
          chunk[i] = next();
        }
        into.view(-1)
            .narrow(0, done, count)
            .copy_(Tensors.ofFloats(chunk, chunk.length).narrow(0, 0, count));
      }
    }
  }

  private float next() {
    while (position == end) {
      var entry = entries.next();
      end = entry.offset() + entry.size();
      deviation = standardDeviation(shape, entry, embeddingStd);
      norm = isNorm(entry.name());
    }
    position++;
    double value = deviation * random.nextGaussian();
    return norm ? 1 : (float) value;
  }

  private static double standardDeviation(
      ModelShape shape, ParameterLayout.Entry entry, double embeddingStd) {
    if (entry.shape().length == 1) {
      return 0;
    }
    if (entry.name().contains("embed_tokens")) {
      return embeddingStd;
    }
    double std = 1 / Math.sqrt(entry.size() / entry.shape()[0]);
    if (entry.name().startsWith(VisionEncoder.PREFIX)) {
      boolean adds = entry.name().contains("attn.proj") || entry.name().contains("mlp.fc2");
      return adds ? std / Math.sqrt(2.0 * shape.vision().depth()) : std;
    }
    boolean residual = entry.name().contains("o_proj") || entry.name().contains("down_proj");
    return residual ? std / Math.sqrt(2.0 * shape.layers()) : std;
  }

  private static boolean isNorm(String name) {
    return name.endsWith(".weight") && (name.contains("norm") || name.contains("ln_q"));
  }
}
