package dev.mirrorspark.reward;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;
import static scala.collection.JavaConverters.asScalaBuffer;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * The score stage: verifiers judge an iteration's finished responses in CPU tasks, and table {@code
 * rewards} receives the verdicts.
 */
public final class ScoreStage {

  /** What a verifier needs of a problem. */
  private record Reference(String answer, String answerType) implements Serializable {}

  private ScoreStage() {}

  /**
   * Scores an iteration's responses; where they are scored already, does nothing.
   *
   * @param prompts the iteration's prompts, with the columns of {@code prompts}
   */
  public static void run(
      SparkSession spark, Warehouse warehouse, RunConfig config, int iteration, List<Row> prompts) {
    String app = config.run() + "/score";
    if (warehouse.committed(Rewards.TABLE, app).orElse(-1) >= iteration) {
      return;
    }
    Map<String, Reference> byPrompt = references(warehouse, config, iteration, prompts);
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(byPrompt);
    try {
      var rows =
          finished(warehouse, config, iteration)
              .javaRDD()
              .mapPartitions(judge(config.run(), iteration, spread));
      warehouse.append(
          Rewards.TABLE, spark.createDataFrame(rows, Rewards.TABLE.columns()), app, iteration);
    } finally {
      spread.destroy();
    }
  }

  /** The problems of the responses that an iteration can finish. */
  private static Map<String, Reference> references(
      Warehouse warehouse, RunConfig config, int iteration, List<Row> sampled) {
    List<Row> prompts = sampled;
    if (config.rollout().partial()) { // responses born earlier are about other problems
      prompts =
          warehouse
              .read(Prompts.TABLE)
              .where(col(Prompts.DATASET).equalTo(config.prompts().dataset()))
              .join(
                  segments(warehouse, config, iteration).select(Trajectories.PROMPT_ID).distinct(),
                  asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq(),
                  "left_semi")
              .collectAsList();
    }
    Map<String, Reference> byPrompt = new HashMap<>();
    for (Row prompt : prompts) {
      byPrompt.put(
          prompt.getAs(Prompts.PROMPT_ID),
          new Reference(prompt.getAs(Prompts.ANSWER), prompt.getAs(Prompts.ANSWER_TYPE)));
    }
    return byPrompt;
  }

  private static Dataset<Row> segments(Warehouse warehouse, RunConfig config, int iteration) {
    int oldest = config.rollout().oldestBirth(iteration);
    return Trajectories.upTo(warehouse, config.run(), iteration, oldest);
  }

  /**
   * Birth, prompt, sample, whole text and stop reason of each response that ended in the iteration:
   * its segments in order.
   */
  private static Dataset<Row> finished(Warehouse warehouse, RunConfig config, int iteration) {
    var segment = col(Trajectories.SEGMENT);
    var inOrder = array_sort(collect_list(struct(segment, col(Trajectories.TEXT_OF_RESPONSE))));
    return segments(warehouse, config, iteration)
        .groupBy(Trajectories.BORN, Trajectories.PROMPT_ID, Trajectories.SAMPLE)
        .agg(
            array_join(inOrder.getField(Trajectories.TEXT_OF_RESPONSE), ""),
            max_by(col(Trajectories.STOP_REASON), segment).as(Trajectories.STOP_REASON),
            max(Trajectories.ITERATION).as(Trajectories.ITERATION))
        .where(col(Trajectories.STOP_REASON).notEqual(StopReason.BUDGET.label()))
        .where(col(Trajectories.ITERATION).equalTo(iteration));
  }

  private static FlatMapFunction<Iterator<Row>, Row> judge(
      String run, int iteration, Broadcast<Map<String, Reference>> prompts) {
    var verifiers = Verifiers.load();
    return responses -> {
      List<Row> rewards = new ArrayList<>();
      while (responses.hasNext()) {
        Row response = responses.next();
        Reference reference = prompts.value().get(response.getString(1));
        if (reference == null) {
          throw new UserError(
              "run %s, iteration %d: table prompts has changed since the rollout, prompt %s is not"
                      .formatted(run, iteration, response.getString(1))
                  + " sampled any more; restore the table to its version before, then start again");
        }
        boolean ended = StopReason.STOP.label().equals(response.getString(4));
        var judged =
            verifiers.judge(
                reference.answer(), reference.answerType(), response.getString(3), ended);
        rewards.add(row(run, iteration, response, judged));
      }
      return rewards.iterator();
    };
  }

  private static Row row(String run, int iteration, Row response, Verifiers.Judged judged) {
    var verdict = judged.verdict();
    Double reward =
        switch (verdict.outcome()) {
          case CORRECT -> 1.0;
          case WRONG -> 0.0;
          case ERROR -> null;
        };
    return RowFactory.create(
        run,
        iteration,
        response.getInt(0),
        response.getString(1),
        response.getInt(2),
        verdict.outcome().label(),
        judged.verifier(),
        verdict.detail(),
        reward,
        0.0,
        0.0,
        reward);
  }
}
