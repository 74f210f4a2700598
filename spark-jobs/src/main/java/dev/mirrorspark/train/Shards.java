package dev.mirrorspark.train;

import java.io.Serializable;

/**
 * How the flat parameter buffer is cut into shards of nearly equal length.
 *
 * @param parameters length of the buffer
 * @param count number of shards
 */
record Shards(long parameters, int count) implements Serializable {

  /** First element of a shard. */
  int from(int shard) {
    return Math.toIntExact(parameters * shard / count);
  }

  /** First element behind a shard. */
  int to(int shard) {
    return from(shard + 1);
  }

  /** Number of elements of a shard. */
  int length(int shard) {
    return to(shard) - from(shard);
  }
}
