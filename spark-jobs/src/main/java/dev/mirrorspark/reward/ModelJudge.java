package dev.mirrorspark.reward;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static scala.collection.JavaConverters.asScalaBuffer;

import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A reward model in the verifiers' place. What a verifier says of the same responses, the audit
 * records ({@code reward.audit}).
 *
 * @param verifier the reward model's name
 * @param scoreCounts whether the reward is the score and not 1 or 0
 */
record ModelJudge(String verifier, boolean scoreCounts) implements Serializable {
  /** From this score on a response counts as correct. */
  private static final double CORRECT_FROM = 0.5;

  static ModelJudge of(ModelScores model, RewardConfig reward) {
    return new ModelJudge(model.verifier(), reward.modelRaw().equals("score"));
  }

  /**
   * The finished responses with their scores; the order of rows and columns stays. Those that did
   * not end by themselves are not scored.
   *
   * @param responses born, prompt_id, sample, text and stop_reason, in any order among others
   */
  static Dataset<Row> scored(
      Dataset<Row> responses, ModelScores model, Warehouse warehouse, RunConfig config) {
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo(config.prompts().dataset()))
            .select(
                col(Prompts.PROMPT_ID),
                col(Prompts.TEXT_OF_PROMPT).as(ModelScores.QUESTION),
                col(Prompts.ANSWER).as(ModelScores.REFERENCE));
    var key = List.of(Trajectories.BORN, Trajectories.PROMPT_ID, Trajectories.SAMPLE);
    var asked =
        responses
            .where(col(Trajectories.STOP_REASON).equalTo(StopReason.STOP.label()))
            .withColumnRenamed(Trajectories.TEXT_OF_RESPONSE, ModelScores.RESPONSE)
            .join(problems, Trajectories.PROMPT_ID)
            .select(
                col(key.get(0)),
                col(key.get(1)),
                col(key.get(2)),
                col(ModelScores.QUESTION),
                col(ModelScores.REFERENCE),
                col(ModelScores.RESPONSE));
    return responses.join(broadcast(model.of(asked)), asScalaBuffer(key).toSeq(), "left");
  }

  /** The judgement of a response from its row with the score. */
  Judged judge(Row response) {
    if (!StopReason.STOP.label().equals(response.getAs(Trajectories.STOP_REASON))) {
      return new Judged(verifier, Verdict.of(false, "no final answer: it did not end"));
    }
    String detail = response.getAs(ModelScores.DETAIL);
    Double score = response.getAs(ModelScores.SCORE);
    if (score == null) {
      return new Judged(verifier, Verdict.error(detail));
    }
    boolean correct = score >= CORRECT_FROM;
    return new Judged(
        verifier,
        scoreCounts ? Verdict.scored(correct, score, detail) : Verdict.of(correct, detail));
  }
}
