package dev.mirrorspark.reduce;

import java.io.Serializable;

/**
 * How a flat buffer is cut into contiguous shards of nearly equal length, one for each rank.
 *
 * @param size length of the buffer
 * @param count number of shards
 */
public record Shards(long size, int count) implements Serializable {

  /** Checks both numbers. */
  public Shards {
    if (size < 0 || count < 1) {
      throw new IllegalArgumentException(size + " elements in " + count + " shards");
    }
  }

  /** First element of a shard. */
  public long from(int shard) {
    return size / count * shard + size % count * shard / count;
  }

  /** First element behind a shard. */
  public long to(int shard) {
    return from(shard + 1);
  }

  /** Number of elements of a shard. */
  public long length(int shard) {
    return to(shard) - from(shard);
  }
}
