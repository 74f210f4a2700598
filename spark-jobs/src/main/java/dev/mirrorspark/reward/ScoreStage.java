package dev.mirrorspark.reward;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
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
    Map<String, Reference> byPrompt = new HashMap<>();
    for (Row prompt : prompts) {
      byPrompt.put(
          prompt.getAs(Prompts.PROMPT_ID),
          new Reference(prompt.getAs(Prompts.ANSWER), prompt.getAs(Prompts.ANSWER_TYPE)));
    }
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(byPrompt);
    try {
      var rows =
          responses(warehouse, config.run(), iteration)
              .javaRDD()
              .mapPartitions(judge(config.run(), iteration, spread));
      warehouse.append(
          Rewards.TABLE, spark.createDataFrame(rows, Rewards.TABLE.columns()), app, iteration);
    } finally {
      spread.destroy();
    }
  }

  /** Prompt, sample, whole text and last stop reason of each response: its segments in order. */
  private static Dataset<Row> responses(Warehouse warehouse, String run, int iteration) {
    var segment = col(Trajectories.SEGMENT);
    var segments = array_sort(collect_list(struct(segment, col(Trajectories.TEXT_OF_RESPONSE))));
    return warehouse
        .read(Trajectories.TABLE)
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Trajectories.ITERATION).equalTo(iteration))
        .groupBy(Trajectories.PROMPT_ID, Trajectories.SAMPLE)
        .agg(
            array_join(segments.getField(Trajectories.TEXT_OF_RESPONSE), ""),
            max_by(col(Trajectories.STOP_REASON), segment));
  }

  private static FlatMapFunction<Iterator<Row>, Row> judge(
      String run, int iteration, Broadcast<Map<String, Reference>> prompts) {
    var verifiers = Verifiers.load();
    return responses -> {
      List<Row> rewards = new ArrayList<>();
      while (responses.hasNext()) {
        Row response = responses.next();
        Reference reference = prompts.value().get(response.getString(0));
        if (reference == null) {
          throw new UserError(
              "run %s, iteration %d: table prompts has changed since the rollout, prompt %s is not"
                      .formatted(run, iteration, response.getString(0))
                  + " sampled any more; restore the table to its version before, then start again");
        }
        boolean ended = StopReason.STOP.label().equals(response.getString(3));
        var judged =
            verifiers.judge(
                reference.answer(), reference.answerType(), response.getString(2), ended);
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
        response.getString(0),
        response.getInt(1),
        verdict.outcome().label(),
        judged.verifier(),
        verdict.detail(),
        reward,
        0.0,
        0.0,
        reward);
  }
}
