package dev.mirrorspark.model;

import java.util.Locale;

/** How a cache keeps keys and values. */
public enum CacheType {
  /** As the model computes them. */
  MODEL,
  /**
   * As whole numbers from −127 to 127 with one scale in fp32 for each token and head; on a CPU in
   * fp32.
   */
  INT8;

  /**
   * The type that {@code rollout.cache_type} names.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static CacheType labelled(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /**
   * Bytes of keys and values of so many tokens.
   *
   * @param bytesPerElement of the type in which the model computes
   */
  public long bytes(ModelShape shape, long tokens, int bytesPerElement) {
    long ofHead =
        switch (this) {
          case MODEL -> (long) shape.headDim() * bytesPerElement;
          case INT8 -> shape.headDim() + Float.BYTES;
        };
    return 2L * shape.layers() * shape.kvHeads() * ofHead * tokens;
  }
}
