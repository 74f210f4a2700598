package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Looks for every {@link Trick} in the responses of a run, in Spark tasks. */
public final class TrickCounts {
  private static final String TRICK = "trick";
  private static final StructType FLAGS =
      new StructType()
          .add(TRICK, DataTypes.StringType)
          .add(Rewards.PROMPT_ID, DataTypes.StringType)
          .add(Rewards.BORN, DataTypes.IntegerType)
          .add(Rewards.SAMPLE, DataTypes.IntegerType)
          .add(Rewards.VERDICT, DataTypes.StringType);

  private TrickCounts() {}

  /**
   * How often a trick was seen.
   *
   * @param correct how many of these responses the verifier takes for correct
   * @param example one of them
   */
  public record Seen(String trick, long responses, long correct, String example) {}

  /** A response with what its problem says of it. */
  private record ShownResponse(
      String prompt,
      int born,
      int sample,
      String text,
      int tokens,
      String verdict,
      String answer,
      String answerType) {

    static ShownResponse from(Row row) {
      return new ShownResponse(
          row.getAs(Rewards.PROMPT_ID),
          row.getAs(Rewards.BORN),
          row.getAs(Rewards.SAMPLE),
          row.getAs(Trajectories.TEXT_OF_RESPONSE),
          row.getAs(Trajectories.TOKENS),
          row.getAs(Rewards.VERDICT),
          row.getAs(Prompts.ANSWER),
          row.getAs(Prompts.ANSWER_TYPE));
    }
  }

  /** The tricks that the responses of a run show, by name. */
  static List<Seen> of(Warehouse warehouse, String run, String dataset) {
    var responses = responses(warehouse, run, dataset);
    var flags = responses.javaRDD().mapPartitions(TrickCounts::flags);
    return responses
        .sparkSession()
        .createDataFrame(flags, FLAGS)
        .groupBy(TRICK)
        .agg(
            count("*").as("responses"),
            sum(col(Rewards.VERDICT).equalTo(Rewards.CORRECT).cast("int")).as("correct"),
            min(struct(Rewards.PROMPT_ID, Rewards.BORN, Rewards.SAMPLE)).as("example"))
        .orderBy(TRICK)
        .collectAsList()
        .stream()
        .map(
            row -> {
              Row example = row.getAs("example");
              return new Seen(
                  row.getAs(TRICK),
                  row.getAs("responses"),
                  row.getAs("correct"),
                  "prompt %s, born %d, sample %d"
                      .formatted(
                          example.<String>getAs(Rewards.PROMPT_ID),
                          example.<Integer>getAs(Rewards.BORN),
                          example.<Integer>getAs(Rewards.SAMPLE)));
            })
        .toList();
  }

  /** The whole responses, those of a group in one partition. */
  private static Dataset<Row> responses(Warehouse warehouse, String run, String dataset) {
    var segment = col(Trajectories.SEGMENT);
    var inOrder = array_sort(collect_list(struct(segment, col(Trajectories.TEXT_OF_RESPONSE))));
    var scored = asScalaBuffer(List.of(Rewards.PROMPT_ID, Rewards.BORN, Rewards.SAMPLE)).toSeq();
    var ofPrompt = asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq();
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo(dataset))
            .select(Prompts.PROMPT_ID, Prompts.ANSWER, Prompts.ANSWER_TYPE);
    var verdicts =
        ofRun(warehouse, Rewards.TABLE, run)
            .select(Rewards.PROMPT_ID, Rewards.BORN, Rewards.SAMPLE, Rewards.VERDICT);
    return ofRun(warehouse, Trajectories.TABLE, run)
        .groupBy(Trajectories.PROMPT_ID, Trajectories.BORN, Trajectories.SAMPLE)
        .agg(
            array_join(inOrder.getField(Trajectories.TEXT_OF_RESPONSE), "")
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
        var sampled =
            new Trick.Sampled(one.text(), one.answerType(), one.answer(), reasoning(one), median);
        for (Trick trick : Trick.values()) {
          if (trick.shows(sampled)) {
            flags.add(
                RowFactory.create(
                    trick.label(), one.prompt(), one.born(), one.sample(), one.verdict()));
          }
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
