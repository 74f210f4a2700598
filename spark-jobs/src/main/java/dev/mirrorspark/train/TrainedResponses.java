package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Trajectories;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * The responses that an update trains on, put together from their segments (Kimi k1.5, 2.6.2).
 *
 * <p>Each token keeps the log-prob with which the policy of its segment sampled it. Only the
 * segment of the current iteration is on-policy; earlier ones carry loss too, or are context alone
 * ({@code train.earlier_segments}).
 */
final class TrainedResponses {
  private TrainedResponses() {}

  private record Segment(int index, boolean current, int[] prompt, int[] tokens, float[] logprobs)
      implements Serializable {}

  /** Names a response in the update of an iteration; what precedes {@code #} names its group. */
  static String key(Row row, int iteration) {
    int born = row.getInt(0);
    return row.getString(1) + (born == iteration ? "" : "@" + born) + "#" + row.getInt(2);
  }

  /**
   * The responses among the segments that have an advantage.
   *
   * @param segments rows of {@code trajectories}
   */
  static JavaRDD<Sample> read(
      Dataset<Row> segments,
      RunConfig config,
      int iteration,
      Broadcast<HashMap<String, Double>> advantages) {
    boolean dropsEarlier = config.train().earlierSegments().equals("drop");
    var kept =
        segments
            .select(
                Trajectories.BORN,
                Trajectories.PROMPT_ID,
                Trajectories.SAMPLE,
                Trajectories.SEGMENT,
                Trajectories.ITERATION,
                Trajectories.PROMPT_TOKEN_IDS,
                Trajectories.TOKEN_IDS,
                Trajectories.LOGPROBS)
            .toJavaRDD()
            .flatMapToPair(row -> segment(row, iteration, advantages.value()));
    if (!config.rollout().partial()) { // every response is one segment: nothing to bring together
      return kept.map(
          pair -> sequence(pair._1(), List.of(pair._2()), advantages.value(), dropsEarlier));
    }
    return kept.groupByKey(new HashPartitioner(config.update().ranks()))
        .map(pair -> sequence(pair._1(), inOrder(pair._2()), advantages.value(), dropsEarlier));
  }

  private static Iterator<Tuple2<String, Segment>> segment(
      Row row, int iteration, Map<String, Double> advantages) {
    String key = key(row, iteration);
    if (!advantages.containsKey(key)) {
      return List.<Tuple2<String, Segment>>of().iterator();
    }
    List<Float> given = row.isNullAt(7) ? List.of() : row.getList(7);
    float[] logprobs = new float[given.size()];
    for (int i = 0; i < logprobs.length; i++) {
      Float logprob = given.get(i);
      logprobs[i] = logprob == null ? Float.NaN : logprob;
    }
    boolean current = row.getInt(4) == iteration;
    var segment = new Segment(row.getInt(3), current, ints(row, 5), ints(row, 6), logprobs);
    return List.of(new Tuple2<>(key, segment)).iterator();
  }

  private static List<Segment> inOrder(Iterable<Segment> segments) {
    List<Segment> sorted = new ArrayList<>();
    segments.forEach(sorted::add);
    sorted.sort(Comparator.comparingInt(Segment::index));
    return sorted;
  }

  /** The prompt and the segments one after another. */
  private static Sample sequence(
      String key, List<Segment> segments, Map<String, Double> advantages, boolean dropsEarlier) {
    int[] prompt = segments.get(0).prompt();
    int[] tokens =
        new int[prompt.length + segments.stream().mapToInt(s -> s.tokens().length).sum()];
    float[] logprobs = new float[segments.stream().mapToInt(s -> s.logprobs().length).sum()];
    System.arraycopy(prompt, 0, tokens, 0, prompt.length);
    int token = prompt.length;
    int logprob = 0;
    int earlier = 0;
    for (Segment segment : segments) {
      System.arraycopy(segment.tokens(), 0, tokens, token, segment.tokens().length);
      System.arraycopy(segment.logprobs(), 0, logprobs, logprob, segment.logprobs().length);
      token += segment.tokens().length;
      logprob += segment.logprobs().length;
      earlier += segment.current() ? 0 : segment.tokens().length;
    }
    int responseLength = tokens.length - prompt.length;
    boolean[] mask = new boolean[responseLength];
    Arrays.fill(mask, dropsEarlier ? earlier : 0, responseLength, true);
    float[] advantage = new float[responseLength];
    Arrays.fill(advantage, advantages.get(key).floatValue());
    String group = key.substring(0, key.lastIndexOf('#'));
    return new Sample(key, group, tokens, prompt.length, mask, logprobs, advantage, earlier, 1);
  }

  private static int[] ints(Row row, int column) {
    return row.<Integer>getList(column).stream().mapToInt(Integer::intValue).toArray();
  }
}
