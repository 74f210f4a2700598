package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.storage.StorageLevel.MEMORY_AND_DISK;
import static scala.collection.JavaConverters.asScalaBuffer;

import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Looks for every {@link Trick} in the responses of a run, in Spark tasks. */
public final class TrickCounts {
  /** The name of the sign that no response shows by itself. */
  static final String SAME_PROGRAM = "same program";

  /** Problems from which a program is the same one for many. */
  static final int MANY_PROBLEMS = 3;

  private static final String TRICK = "trick";
  private static final String PROGRAM = "program";
  private static final String SHOWN = "shown";

  /** Hash of the answer: problems of the same tests rightly have the same program. */
  private static final String TESTS = "tests";

  private static final StructType FLAGS =
      new StructType()
          .add(TRICK, DataTypes.StringType)
          .add(PROGRAM, DataTypes.StringType)
          .add(Rewards.PROMPT_ID, DataTypes.StringType)
          .add(Rewards.BORN, DataTypes.IntegerType)
          .add(Rewards.SAMPLE, DataTypes.IntegerType)
          .add(Rewards.ITERATION, DataTypes.IntegerType)
          .add(Rewards.VERDICT, DataTypes.StringType)
          .add(TESTS, DataTypes.IntegerType);

  private TrickCounts() {}

  /**
   * How often a trick was seen in the responses that an iteration scored.
   *
   * @param correct how many of these the verifier takes for correct
   * @param example one of them
   */
  public record InIteration(int iteration, long responses, long correct, String example) {}

  /**
   * How often a trick was seen.
   *
   * @param iterations those in which it was, in their order
   */
  public record Seen(String trick, List<InIteration> iterations) {
    public Seen {
      iterations = List.copyOf(iterations);
    }

    /** Responses that show it. */
    public long responses() {
      return iterations.stream().mapToLong(InIteration::responses).sum();
    }

    /** How many of these the verifier takes for correct. */
    public long correct() {
      return iterations.stream().mapToLong(InIteration::correct).sum();
    }

    /** The example of the first iteration, and that of the last where it is another. */
    public List<String> examples() {
      return Stream.of(iterations.get(0), iterations.get(iterations.size() - 1))
          .map(InIteration::example)
          .distinct()
          .toList();
    }
  }

  /** A response with what its problem says of it. */
  private record ShownResponse(
      String prompt,
      int born,
      int sample,
      int iteration,
      String text,
      int tokens,
      String verdict,
      String detail,
      String answer,
      String answerType,
      String shown) {

    static ShownResponse from(Row row) {
      return new ShownResponse(
          row.getAs(Rewards.PROMPT_ID),
          row.getAs(Rewards.BORN),
          row.getAs(Rewards.SAMPLE),
          row.getAs(Rewards.ITERATION),
          row.getAs(Trajectories.TEXT_OF_RESPONSE),
          row.getAs(Trajectories.TOKENS),
          row.getAs(Rewards.VERDICT),
          Optional.<String>ofNullable(row.getAs(Rewards.DETAIL)).orElse(""),
          row.getAs(Prompts.ANSWER),
          row.getAs(Prompts.ANSWER_TYPE),
          row.getAs(SHOWN));
    }

    Trick.Sampled sampled(double groupsMedian) {
      return new Trick.Sampled(
          text,
          answerType,
          answer,
          shown,
          reasoning(this),
          groupsMedian,
          verdict.equals(Rewards.CORRECT),
          detail);
    }

    Row flag(String trick, Optional<String> program) {
      return RowFactory.create(
          trick, program.orElse(null), prompt, born, sample, iteration, verdict, answer.hashCode());
    }
  }

  /** The tricks that the responses of a run show, by name. */
  static List<Seen> of(Warehouse warehouse, String run, String dataset) {
    var responses = responses(warehouse, run, dataset);
    var found = responses.javaRDD().mapPartitions(TrickCounts::flags).persist(MEMORY_AND_DISK());
    var all = responses.sparkSession().createDataFrame(found, FLAGS);
    try {
      var shared =
          all.where(col(PROGRAM).isNotNull())
              .groupBy(PROGRAM)
              .agg(countDistinct(TESTS).as("problems"))
              .where(col("problems").geq(MANY_PROBLEMS));
      var flags =
          all.where(col(PROGRAM).isNull())
              .unionByName(
                  all.join(
                      broadcast(shared), asScalaBuffer(List.of(PROGRAM)).toSeq(), "left_semi"));
      Map<String, List<InIteration>> byTrick = new TreeMap<>();
      for (Row row :
          flags
              .groupBy(TRICK, Rewards.ITERATION)
              .agg(
                  count("*").as("responses"),
                  sum(col(Rewards.VERDICT).equalTo(Rewards.CORRECT).cast("int")).as("correct"),
                  min(struct(Rewards.PROMPT_ID, Rewards.BORN, Rewards.SAMPLE)).as("example"))
              .orderBy(TRICK, Rewards.ITERATION)
              .collectAsList()) {
        Row example = row.getAs("example");
        byTrick
            .computeIfAbsent(row.getAs(TRICK), trick -> new ArrayList<>())
            .add(
                new InIteration(
                    row.getAs(Rewards.ITERATION),
                    row.getAs("responses"),
                    row.getAs("correct"),
                    "prompt %s, born %d, sample %d"
                        .formatted(
                            example.<String>getAs(Rewards.PROMPT_ID),
                            example.<Integer>getAs(Rewards.BORN),
                            example.<Integer>getAs(Rewards.SAMPLE))));
      }
      List<Seen> seen = new ArrayList<>();
      byTrick.forEach((trick, iterations) -> seen.add(new Seen(trick, iterations)));
      return seen;
    } finally {
      found.unpersist(false);
    }
  }

  /** The whole responses, those of a group in one partition. */
  private static Dataset<Row> responses(Warehouse warehouse, String run, String dataset) {
    var scored = asScalaBuffer(List.of(Rewards.PROMPT_ID, Rewards.BORN, Rewards.SAMPLE)).toSeq();
    var ofPrompt = asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq();
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo(dataset))
            .select(
                col(Prompts.PROMPT_ID),
                col(Prompts.ANSWER),
                col(Prompts.ANSWER_TYPE),
                col(Prompts.TEXT_OF_PROMPT).as(SHOWN));
    var verdicts =
        ofRun(warehouse, Rewards.TABLE, run)
            .select(
                Rewards.PROMPT_ID,
                Rewards.BORN,
                Rewards.SAMPLE,
                Rewards.ITERATION,
                Rewards.VERDICT,
                Rewards.DETAIL);
    return ofRun(warehouse, Trajectories.TABLE, run)
        .groupBy(Trajectories.PROMPT_ID, Trajectories.BORN, Trajectories.SAMPLE)
        .agg(
            Trajectories.whole(col(Trajectories.TEXT_OF_RESPONSE), "")
                .as(Trajectories.TEXT_OF_RESPONSE),
            sum(Trajectories.TOKENS).cast("int").as(Trajectories.TOKENS))
        .join(verdicts, scored)
        .join(broadcast(problems), ofPrompt)
        .repartition(col(Rewards.PROMPT_ID), col(Rewards.BORN));
  }

  /** A row for each trick of each response. */
  private static Iterator<Row> flags(Iterator<Row> rows) {
    Map<List<Object>, List<ShownResponse>> groups = new LinkedHashMap<>();
    while (rows.hasNext()) {
      var response = ShownResponse.from(rows.next());
      groups
          .computeIfAbsent(List.of(response.prompt(), response.born()), key -> new ArrayList<>())
          .add(response);
    }
    List<Row> flags = new ArrayList<>();
    for (var group : groups.values()) {
      double median = median(group.stream().mapToDouble(TrickCounts::reasoning).toArray());
      for (var one : group) {
        var sampled = one.sampled(median);
        for (Trick trick : Trick.values()) {
          if (trick.shows(sampled)) {
            flags.add(one.flag(trick.label(), Optional.empty()));
          }
        }
        String program = sampled.isCode() ? CodeTricks.nameless(sampled.code()) : "";
        if (!program.isEmpty()) {
          flags.add(one.flag(SAME_PROGRAM, Optional.of(program)));
        }
      }
    }
    return flags.iterator();
  }

  private static double reasoning(ShownResponse response) {
    return Trick.reasoningTokens(response.text(), response.tokens());
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    int half = values.length / 2;
    return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  private static Dataset<Row> ofRun(Warehouse warehouse, TableSchema table, String run) {
    return warehouse.read(table).where(col(TableSchema.RUN).equalTo(run));
  }
}
