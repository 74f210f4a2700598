package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.vision.PictureFile;
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
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import scala.Tuple2;

/**
 * The responses that an update trains on, put together from their segments (Kimi k1.5, 2.6.2).
 *
 * <p>Each token keeps the log-prob with which the policy of its segment sampled it. Only the
 * segment of the current iteration is on-policy; earlier ones carry loss too, or are context alone
 * ({@code train.earlier_segments}).
 */
final class TrainedResponses {
  private static final List<String> PICTURE =
      List.of(Prompts.IMAGE, Prompts.IMAGE_TYPE, Prompts.IMAGE_WIDTH, Prompts.IMAGE_HEIGHT);

  private TrainedResponses() {}

  private record Segment(
      int index,
      boolean current,
      int[] prompt,
      int[] tokens,
      float[] logprobs,
      float[] teacher,
      PictureFile picture)
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
        columns(segments)
            .toJavaRDD()
            .flatMapToPair(row -> segment(row, iteration, advantages.value()));
    if (!config.rollout().partial()) { // every response is one segment: nothing to bring together
      return kept.map(
          pair -> sequence(pair._1(), List.of(pair._2()), advantages.value(), dropsEarlier));
    }
    return kept.groupByKey(new HashPartitioner(config.update().ranks()))
        .map(pair -> sequence(pair._1(), inOrder(pair._2()), advantages.value(), dropsEarlier));
  }

  /**
   * All responses, of one segment each, named {@code PROMPT_ID#SAMPLE}.
   *
   * @param segments rows of {@code trajectories} of one iteration
   */
  static JavaRDD<Sample> whole(Dataset<Row> segments) {
    return columns(segments)
        .toJavaRDD()
        .map(
            row -> {
              String key = key(row, row.getInt(4));
              return sequence(key, List.of(segment(row, row.getInt(4))), Map.of(key, 1.0), false);
            });
  }

  /**
   * The responses that have a segment of an iteration, all their segments up to it together, named
   * {@code PROMPT_ID@BORN#SAMPLE}.
   *
   * @param segments rows of {@code trajectories}: all segments of these responses
   */
  static JavaRDD<Sample> upTo(Dataset<Row> segments, int iteration, int partitions) {
    return columns(segments)
        .toJavaRDD()
        .mapToPair(
            row ->
                new Tuple2<>(
                    row.getString(1) + "@" + row.getInt(0) + "#" + row.getInt(2),
                    segment(row, iteration)))
        .groupByKey(new HashPartitioner(partitions))
        .mapValues(TrainedResponses::inOrder)
        .filter(pair -> pair._2().stream().anyMatch(Segment::current))
        .map(pair -> sequence(pair._1(), pair._2(), Map.of(pair._1(), 1.0), false));
  }

  private static Dataset<Row> columns(Dataset<Row> segments) {
    List<Column> columns = new ArrayList<>();
    for (String name :
        List.of(
            Trajectories.BORN,
            Trajectories.PROMPT_ID,
            Trajectories.SAMPLE,
            Trajectories.SEGMENT,
            Trajectories.ITERATION,
            Trajectories.PROMPT_TOKEN_IDS,
            Trajectories.TOKEN_IDS,
            Trajectories.LOGPROBS)) {
      columns.add(functions.col(name));
    }
    boolean taught = List.of(segments.columns()).contains(TeacherLogprobs.TEACHER_LOGPROBS);
    columns.add(
        taught
            ? functions.col(TeacherLogprobs.TEACHER_LOGPROBS)
            : functions.array().cast("array<float>"));
    for (String name : PICTURE) {
      boolean shown = List.of(segments.columns()).contains(name);
      columns.add((shown ? functions.col(name) : functions.lit(null)).as(name));
    }
    return segments.select(columns.toArray(Column[]::new));
  }

  private static Iterator<Tuple2<String, Segment>> segment(
      Row row, int iteration, Map<String, Double> advantages) {
    String key = key(row, iteration);
    if (!advantages.containsKey(key)) {
      return List.<Tuple2<String, Segment>>of().iterator();
    }
    return List.of(new Tuple2<>(key, segment(row, iteration))).iterator();
  }

  private static Segment segment(Row row, int iteration) {
    boolean current = row.getInt(4) == iteration;
    return new Segment(
        row.getInt(3),
        current,
        ints(row, 5),
        ints(row, 6),
        floats(row, 7),
        floats(row, 8),
        row.getInt(3) == 0 ? Prompts.picture(row) : PictureFile.NONE);
  }

  private static float[] floats(Row row, int column) {
    List<Float> given = row.isNullAt(column) ? List.of() : row.getList(column);
    float[] values = new float[given.size()];
    for (int i = 0; i < values.length; i++) {
      Float value = given.get(i);
      values[i] = value == null ? Float.NaN : value;
    }
    return values;
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
    teach(segments, logprobs, advantage);
    String group = key.substring(0, key.lastIndexOf('#'));
    return new Sample(key, group, tokens, prompt.length, mask, logprobs, advantage, earlier, 1)
        .seeing(segments.get(0).picture());
  }

  /** Where a teacher read the response: how much likelier it finds each token. */
  private static void teach(List<Segment> segments, float[] logprobs, float[] advantage) {
    int token = 0;
    for (Segment segment : segments) {
      for (int i = 0; i < segment.teacher().length; i++) {
        advantage[token + i] = segment.teacher()[i] - logprobs[token + i];
      }
      token += segment.tokens().length;
    }
  }

  private static int[] ints(Row row, int column) {
    return row.<Integer>getList(column).stream().mapToInt(Integer::intValue).toArray();
  }
}
