package dev.mirrorspark.train;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Sums the gradients of all partitions, shard by shard, in a Spark shuffle: what a reduce-scatter
 * does on a cluster of accelerators.
 *
 * <p>A shard is summed over the partitions in ascending order, in fp64, so the result has the same
 * bits in whatever order the parts arrive, on whichever executor.
 */
public final class GradientReduce {
  private GradientReduce() {}

  /**
   * The gradient of one logical partition.
   *
   * @param partition index of the partition
   * @param values gradient {@code [n]} of the whole buffer, or of one shard
   * @param stats what the partition saw
   * @param modelSeconds time of its forward and backward passes
   */
  public record Part(int partition, float[] values, StepStats stats, double modelSeconds)
      implements Serializable {}

  /**
   * A shard of the summed gradient.
   *
   * @param values sum {@code [shard length]}
   * @param squares sum of their squares
   * @param stats what all partitions saw
   * @param modelSeconds time of the forward and backward passes of each partition
   */
  public record Sum(
      int shard, float[] values, double squares, StepStats stats, List<Double> modelSeconds)
      implements Serializable {}

  /**
   * The summed gradient, shard s in partition s of the result.
   *
   * @param gradients gradients of the whole buffer, at most one for each partition index; none for
   *     a partition that saw nothing
   * @param parameters length of the buffer
   * @param count number of shards
   */
  public static JavaRDD<Sum> sum(JavaRDD<Part> gradients, long parameters, int count) {
    var shards = new Shards(parameters, count);
    return gradients
        .flatMapToPair(part -> cut(part, shards))
        .partitionBy(new HashPartitioner(count))
        .mapPartitionsWithIndex(
            (shard, parts) -> List.of(sumOf(shard, shards.length(shard), parts)).iterator(), true);
  }

  /** A part on its way through the shuffle: Java writes bytes at once, floats one by one. */
  private record Piece(int partition, byte[] values, StepStats stats, double modelSeconds)
      implements Serializable {

    static Piece of(Part part, int from, int to) {
      var bytes = ByteBuffer.allocate((to - from) * Float.BYTES);
      bytes.asFloatBuffer().put(part.values(), from, to - from);
      return new Piece(part.partition(), bytes.array(), part.stats(), part.modelSeconds());
    }

    Part part() {
      float[] floats = new float[values.length / Float.BYTES];
      ByteBuffer.wrap(values).asFloatBuffer().get(floats);
      return new Part(partition, floats, stats, modelSeconds);
    }
  }

  private static Iterator<Tuple2<Integer, Piece>> cut(Part part, Shards shards) {
    List<Tuple2<Integer, Piece>> pieces = new ArrayList<>();
    for (int s = 0; s < shards.count(); s++) {
      pieces.add(new Tuple2<>(s, Piece.of(part, shards.from(s), shards.to(s))));
    }
    return pieces.iterator();
  }

  private static Sum sumOf(int shard, int length, Iterator<Tuple2<Integer, Piece>> arrived) {
    List<Part> parts = new ArrayList<>();
    arrived.forEachRemaining(pair -> parts.add(pair._2().part()));
    return sum(shard, length, parts);
  }

  /** The sum over the parts of one shard, in the order of their partitions. */
  static Sum sum(int shard, int length, List<Part> arrived) {
    List<Part> parts = new ArrayList<>(arrived);
    parts.sort(Comparator.comparingInt(Part::partition));
    double[] total = new double[length];
    StepStats stats = StepStats.NONE;
    for (Part part : parts) {
      for (int i = 0; i < length; i++) {
        total[i] += part.values()[i];
      }
      stats = stats.plus(part.stats());
    }
    float[] values = new float[length];
    double squares = 0;
    for (int i = 0; i < length; i++) {
      values[i] = (float) total[i];
      squares += (double) values[i] * values[i];
    }
    List<Double> seconds = parts.stream().map(Part::modelSeconds).toList();
    return new Sum(shard, values, squares, stats, seconds);
  }
}
