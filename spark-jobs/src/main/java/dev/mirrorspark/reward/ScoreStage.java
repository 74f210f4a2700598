package dev.mirrorspark.reward;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
 * rewards} receives the verdicts and what is added to them: the {@link LengthReward} (Kimi k1.5,
 * 2.3.3) and the penalty for repetition (2.6.2), each in a column of its own.
 */
public final class ScoreStage {
  /** What the responses of a group have in common. */
  private static final String GROUP = Trajectories.PROMPT_ID;

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
    var terms = Terms.of(config.reward(), iteration);
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(byPrompt);
    try {
      var rows =
          responses(warehouse, config.run(), iteration)
              .javaRDD()
              .mapPartitions(judge(config.run(), iteration, spread, terms));
      warehouse.append(
          Rewards.TABLE, spark.createDataFrame(rows, Rewards.TABLE.columns()), app, iteration);
    } finally {
      spread.destroy();
    }
  }

  /**
   * Prompt, sample, whole text, last stop reason and tokens of each response, its segments in
   * order; the one shuffle brings together those of a group.
   */
  private static Dataset<Row> responses(Warehouse warehouse, String run, int iteration) {
    var segment = col(Trajectories.SEGMENT);
    var segments = array_sort(collect_list(struct(segment, col(Trajectories.TEXT_OF_RESPONSE))));
    return warehouse
        .read(Trajectories.TABLE)
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Trajectories.ITERATION).equalTo(iteration))
        .repartition(col(GROUP))
        .groupBy(GROUP, Trajectories.SAMPLE)
        .agg(
            array_join(segments.getField(Trajectories.TEXT_OF_RESPONSE), ""),
            max_by(col(Trajectories.STOP_REASON), segment),
            sum(Trajectories.TOKENS).cast("int"));
  }

  private static FlatMapFunction<Iterator<Row>, Row> judge(
      String run, int iteration, Broadcast<Map<String, Reference>> prompts, Terms terms) {
    var verifiers = Verifiers.load();
    return responses -> {
      Map<String, List<Scored>> groups = new LinkedHashMap<>();
      while (responses.hasNext()) {
        Row response = responses.next();
        String prompt = response.getString(0);
        Reference reference = prompts.value().get(prompt);
        if (reference == null) {
          throw new UserError(
              "run %s, iteration %d: table prompts has changed since the rollout, prompt %s is not"
                      .formatted(run, iteration, prompt)
                  + " sampled any more; restore the table to its version before, then start again");
        }
        var stopReason = StopReason.labelled(response.getString(3));
        var judged =
            verifiers.judge(
                reference.answer(), reference.answerType(), response.getString(2), stopReason);
        var scored = new Scored(response.getInt(1), stopReason, response.getInt(4), judged);
        groups.computeIfAbsent(prompt, group -> new ArrayList<>()).add(scored);
      }
      List<Row> rewards = new ArrayList<>();
      groups.forEach((prompt, group) -> terms.add(run, iteration, prompt, group, rewards));
      return rewards.iterator();
    };
  }

  /** A response of a group after its judgement. */
  private record Scored(int sample, StopReason stopReason, int tokens, Verifiers.Judged judged) {
    Outcome outcome() {
      return judged.verdict().outcome();
    }
  }

  /** What is added to the verdicts of an iteration, by its settings. */
  private record Terms(double lengthWeight, double repeatPenalty) implements Serializable {
    static Terms of(RunConfig.Reward reward, int iteration) {
      boolean warm = iteration >= reward.lengthWarmup();
      return new Terms(warm ? reward.lengthWeight() : 0, reward.repeatPenalty());
    }

    void add(String run, int iteration, String prompt, List<Scored> group, List<Row> rewards) {
      double[] lengthRewards = new double[group.size()];
      if (lengthWeight > 0) {
        int[] lengths = group.stream().mapToInt(Scored::tokens).toArray();
        lengthRewards = LengthReward.of(lengths, group.stream().map(Scored::outcome).toList());
      }
      for (int i = 0; i < lengthRewards.length; i++) {
        Scored scored = group.get(i);
        boolean penalised =
            scored.stopReason() == StopReason.REPEAT && scored.outcome() != Outcome.ERROR;
        double lengthTerm = lengthWeight * lengthRewards[i];
        double repeatTerm = penalised ? 0 - repeatPenalty : 0;
        rewards.add(row(run, iteration, prompt, scored, lengthTerm, repeatTerm));
      }
    }
  }

  private static Row row(
      String run,
      int iteration,
      String prompt,
      Scored scored,
      double lengthTerm,
      double repeatTerm) {
    var verdict = scored.judged().verdict();
    Double raw =
        switch (verdict.outcome()) {
          case CORRECT -> 1.0;
          case WRONG -> 0.0;
          case ERROR -> null;
        };
    return RowFactory.create(
        run,
        iteration,
        prompt,
        scored.sample(),
        verdict.outcome().label(),
        scored.judged().verifier(),
        verdict.detail(),
        raw,
        lengthTerm,
        repeatTerm,
        raw == null ? null : raw + lengthTerm + repeatTerm);
  }
}
