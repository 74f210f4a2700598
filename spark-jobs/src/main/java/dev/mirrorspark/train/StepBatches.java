package dev.mirrorspark.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Which logical partition trains on which sequence in which step, and the sequences laid out so.
 *
 * <p>A step's sequences are spread over the partitions by tokens, longest first to the partition
 * with the fewest; the layout depends on keys and lengths alone.
 */
final class StepBatches {
  private StepBatches() {}

  /** What the plan needs to know of a sequence in a step. */
  record Planned(String key, int tokens, double weight) {}

  /** Where a sequence trains, and its factor in that step's loss. */
  record Place(int step, int partition, double weight) implements Serializable {}

  /** A logical partition's sequences, by step, in the order of their keys. */
  record PartitionBatches(int partition, Map<Integer, List<TrainSequence>> steps)
      implements Serializable {
    List<TrainSequence> step(int step) {
      return steps.getOrDefault(step, List.of());
    }
  }

  private record Placed(int step, TrainSequence sequence) implements Serializable {}

  /**
   * Places of every sequence, by key.
   *
   * @param steps the sequences of each step
   */
  static HashMap<String, List<Place>> plan(List<List<Planned>> steps, int partitions) {
    var places = new HashMap<String, List<Place>>();
    for (int step = 0; step < steps.size(); step++) {
      List<Planned> sorted = new ArrayList<>(steps.get(step));
      sorted.sort(Comparator.comparingInt((Planned s) -> -s.tokens()).thenComparing(Planned::key));
      long[] load = new long[partitions];
      for (Planned sequence : sorted) {
        int lightest = 0;
        for (int p = 1; p < partitions; p++) {
          lightest = load[p] < load[lightest] ? p : lightest;
        }
        load[lightest] += sequence.tokens();
        places
            .computeIfAbsent(sequence.key(), key -> new ArrayList<>(1))
            .add(new Place(step, lightest, sequence.weight()));
      }
    }
    return places;
  }

  /** The sequences at their places: one element for each logical partition, kept by Spark. */
  static JavaRDD<PartitionBatches> lay(
      JavaSparkContext spark,
      JavaRDD<TrainSequence> sequences,
      HashMap<String, List<Place>> plan,
      int partitions) {
    Broadcast<HashMap<String, List<Place>>> places = spark.broadcast(plan);
    return sequences
        .flatMapToPair(sequence -> place(sequence, places.value()))
        .partitionBy(new HashPartitioner(partitions))
        .mapPartitionsWithIndex(
            (partition, placed) -> List.of(gather(partition, placed)).iterator(), true)
        .persist(StorageLevel.MEMORY_AND_DISK());
  }

  private static Iterator<Tuple2<Integer, Placed>> place(
      TrainSequence sequence, Map<String, List<Place>> places) {
    return places.getOrDefault(sequence.key(), List.of()).stream()
        .map(
            place ->
                new Tuple2<>(
                    place.partition(), new Placed(place.step(), sequence.weighted(place.weight()))))
        .iterator();
  }

  private static PartitionBatches gather(int partition, Iterator<Tuple2<Integer, Placed>> placed) {
    var steps = new TreeMap<Integer, List<TrainSequence>>();
    while (placed.hasNext()) {
      Placed next = placed.next()._2();
      steps.computeIfAbsent(next.step(), step -> new ArrayList<>()).add(next.sequence());
    }
    steps.values().forEach(list -> list.sort(Comparator.comparing(TrainSequence::key)));
    return new PartitionBatches(partition, steps);
  }
}
