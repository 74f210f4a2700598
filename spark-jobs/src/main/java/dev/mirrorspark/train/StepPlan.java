package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.reduce.Ranks;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Which logical rank trains on which sample in which step, with which weight, and the samples laid
 * out so.
 *
 * <p>A step's groups are spread over the ranks by tokens, longest first to the rank with the
 * fewest; where the algorithm does not ask for whole groups, its responses are spread one by one.
 * The layout depends on keys and lengths alone.
 *
 * @param places of every sample, by key
 */
record StepPlan(HashMap<String, List<Place>> places) {

  /** What the plan needs to know of a sample. */
  record Counted(String key, String group, int tokens, int lossTokens) implements Serializable {
    static Counted of(Sample sample) {
      return new Counted(sample.key(), sample.group(), sample.tokens().length, sample.lossTokens());
    }
  }

  /** Where a sample trains, and its factor in that step's loss. */
  record Place(int step, int rank, double weight) implements Serializable {}

  /** A logical rank's samples, by step, in the order of their keys. */
  record RankSamples(int rank, Map<Integer, List<Sample>> steps) implements Serializable {
    List<Sample> step(int step) {
      return steps.getOrDefault(step, List.of());
    }
  }

  private record Placed(int rank, int step, Sample sample) implements Serializable {}

  /**
   * A plan.
   *
   * @param steps the samples of each step; one without a token with loss weighs in its group and
   *     trains nothing
   */
  static StepPlan of(List<List<Counted>> steps, Algorithm algorithm, int ranks) {
    var places = new HashMap<String, List<Place>>();
    for (int step = 0; step < steps.size(); step++) {
      place(places, step, steps.get(step), algorithm, ranks);
    }
    return new StepPlan(places);
  }

  private static void place(
      Map<String, List<Place>> places,
      int step,
      List<Counted> samples,
      Algorithm algorithm,
      int ranks) {
    Map<String, List<Counted>> groups = new LinkedHashMap<>();
    for (Counted sample : samples) {
      groups.computeIfAbsent(sample.group(), group -> new ArrayList<>()).add(sample);
    }
    long stepTokens = samples.stream().mapToLong(Counted::lossTokens).sum();
    List<List<Counted>> units =
        new ArrayList<>(
            algorithm.wholeGroups() ? groups.values() : samples.stream().map(List::of).toList());
    units.sort(
        Comparator.comparingInt((List<Counted> unit) -> -tokens(unit))
            .thenComparing(unit -> unit.get(0).key()));
    long[] load = new long[ranks];
    for (List<Counted> unit : units) {
      int lightest = 0;
      for (int r = 1; r < ranks; r++) {
        lightest = load[r] < load[lightest] ? r : lightest;
      }
      for (Counted sample : unit) {
        if (sample.lossTokens() > 0) {
          load[lightest] += sample.tokens();
          int size = groups.get(sample.group()).size();
          var share = new Algorithm.Share(sample.lossTokens(), size, groups.size(), stepTokens);
          places
              .computeIfAbsent(sample.key(), key -> new ArrayList<>(1))
              .add(new Place(step, lightest, algorithm.weight(share)));
        }
      }
    }
  }

  private static int tokens(List<Counted> unit) {
    return unit.stream().mapToInt(Counted::tokens).sum();
  }

  /**
   * The samples at their places: partition t of the result holds the ranks of task t, in ascending
   * order, those without samples too.
   */
  JavaRDD<RankSamples> lay(JavaSparkContext spark, JavaRDD<Sample> samples, int ranks, int tasks) {
    Broadcast<HashMap<String, List<Place>>> broadcast = spark.broadcast(places);
    return samples
        .flatMapToPair(sample -> placed(sample, broadcast.value(), ranks, tasks))
        .partitionBy(new HashPartitioner(tasks))
        .mapPartitionsWithIndex((task, placed) -> gather(task, ranks, tasks, placed), true);
  }

  private static Iterator<Tuple2<Integer, Placed>> placed(
      Sample sample, Map<String, List<Place>> places, int ranks, int tasks) {
    return places.getOrDefault(sample.key(), List.of()).stream()
        .map(
            place ->
                new Tuple2<>(
                    Ranks.taskOf(place.rank(), ranks, tasks),
                    new Placed(place.rank(), place.step(), sample.weighted(place.weight()))))
        .iterator();
  }

  private static Iterator<RankSamples> gather(
      int task, int ranks, int tasks, Iterator<Tuple2<Integer, Placed>> placed) {
    var byRank = new TreeMap<Integer, TreeMap<Integer, List<Sample>>>();
    for (int rank = 0; rank < ranks; rank++) {
      if (Ranks.taskOf(rank, ranks, tasks) == task) {
        byRank.put(rank, new TreeMap<>());
      }
    }
    placed.forEachRemaining(
        pair ->
            byRank
                .get(pair._2().rank())
                .computeIfAbsent(pair._2().step(), step -> new ArrayList<>())
                .add(pair._2().sample()));
    byRank
        .values()
        .forEach(
            steps -> steps.values().forEach(list -> list.sort(Comparator.comparing(Sample::key))));
    return byRank.entrySet().stream()
        .map(entry -> new RankSamples(entry.getKey(), entry.getValue()))
        .iterator();
  }
}
