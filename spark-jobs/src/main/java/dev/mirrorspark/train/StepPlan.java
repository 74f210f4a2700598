package dev.mirrorspark.train;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.config.RunConfig;
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
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Which logical rank trains on which sample in which step, with which weight, and the samples laid
 * out so.
 *
 * <p>A step's groups are dealt to the ranks by tokens, longest first to the rank with the fewest;
 * where the algorithm does not ask for whole groups, its responses are dealt one by one. What holds
 * a sequence that is too long for one rank goes to all of them. The layout depends on keys and
 * lengths alone.
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

  /**
   * Where a sample trains, and its factor in that step's loss.
   *
   * @param rank its rank, or {@link #ALL}
   */
  record Place(int step, int rank, double weight) implements Serializable {
    /** The sample is spread over all ranks. */
    static final int ALL = -1;
  }

  /**
   * A logical rank's samples, by step, in the order of their keys.
   *
   * @param steps its own
   * @param spread those of which every rank has a part
   */
  record RankSamples(int rank, Map<Integer, List<Sample>> steps, Map<Integer, List<Sample>> spread)
      implements Serializable {
    List<Sample> step(int step) {
      return steps.getOrDefault(step, List.of());
    }

    List<Sample> spread(int step) {
      return spread.getOrDefault(step, List.of());
    }
  }

  private record Placed(int rank, int step, boolean spread, Sample sample)
      implements Serializable {}

  /**
   * A plan.
   *
   * @param steps the samples of each step; one without a token with loss weighs in its group and
   *     trains nothing
   */
  static StepPlan of(List<List<Counted>> steps, Algorithm algorithm, RunConfig.Update update) {
    boolean spreads = update.spreadAbove() > 0 && update.ranks() > 1;
    int longest = spreads ? update.spreadAbove() : Integer.MAX_VALUE;
    var places = new HashMap<String, List<Place>>();
    for (int step = 0; step < steps.size(); step++) {
      place(places, step, steps.get(step), algorithm, update.ranks(), longest);
    }
    return new StepPlan(places);
  }

  private static void place(
      Map<String, List<Place>> places,
      int step,
      List<Counted> samples,
      Algorithm algorithm,
      int ranks,
      int longest) {
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
      boolean spread = unit.stream().anyMatch(sample -> sample.tokens() > longest);
      for (Counted sample : unit) {
        if (sample.lossTokens() > 0) {
          load[lightest] += spread ? 0 : sample.tokens();
          int size = groups.get(sample.group()).size();
          var share = new Algorithm.Share(sample.lossTokens(), size, groups.size(), stepTokens);
          places
              .computeIfAbsent(sample.key(), key -> new ArrayList<>(1))
              .add(new Place(step, spread ? Place.ALL : lightest, algorithm.weight(share)));
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
        .flatMap(place -> placed(sample.weighted(place.weight()), place, ranks).stream())
        .map(placed -> new Tuple2<>(Ranks.taskOf(placed.rank(), ranks, tasks), placed))
        .iterator();
  }

  private static List<Placed> placed(Sample sample, Place place, int ranks) {
    return place.rank() == Place.ALL
        ? IntStream.range(0, ranks)
            .mapToObj(rank -> new Placed(rank, place.step(), true, sample))
            .toList()
        : List.of(new Placed(place.rank(), place.step(), false, sample));
  }

  private static Iterator<RankSamples> gather(
      int task, int ranks, int tasks, Iterator<Tuple2<Integer, Placed>> placed) {
    var byRank = new TreeMap<Integer, RankSamples>();
    for (int rank = 0; rank < ranks; rank++) {
      if (Ranks.taskOf(rank, ranks, tasks) == task) {
        byRank.put(rank, new RankSamples(rank, new TreeMap<>(), new TreeMap<>()));
      }
    }
    placed.forEachRemaining(
        pair -> {
          Placed one = pair._2();
          RankSamples samples = byRank.get(one.rank());
          (one.spread() ? samples.spread() : samples.steps())
              .computeIfAbsent(one.step(), step -> new ArrayList<>())
              .add(one.sample());
        });
    for (RankSamples samples : byRank.values()) {
      for (var steps : List.of(samples.steps(), samples.spread())) {
        steps.values().forEach(list -> list.sort(Comparator.comparing(Sample::key)));
      }
    }
    return byRank.values().iterator();
  }
}
