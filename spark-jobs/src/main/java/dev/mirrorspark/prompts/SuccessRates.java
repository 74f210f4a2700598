package dev.mirrorspark.prompts;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The success rate s_i of each problem in a run, from table {@code rewards} (Kimi k1.5, 2.3.4).
 *
 * <p>An iteration in which a problem's responses were judged is a trial of it. Over the trials, the
 * newest first,
 *
 * <pre>
 *   s_i = Σ_j decay^j · correct_j / Σ_j decay^j · judged_j
 * </pre>
 *
 * A response whose verifier failed was not judged.
 */
final class SuccessRates {
  /** Column of s_i, from 0 to 1. */
  static final String RATE = "success_rate";

  private static final String TRIAL = Rewards.ITERATION;
  private static final String CORRECT = "correct";
  private static final String JUDGED = "judged";

  /** Horner's rule over the trials, the oldest first: in one order, so the sums never differ. */
  private static final String DECAYED_RATE =
      """
      aggregate(trials,
                struct(0D AS correct, 0D AS judged),
                (sum, trial) -> struct(sum.correct * %1$sD + trial.correct AS correct,
                                       sum.judged * %1$sD + trial.judged AS judged),
                sum -> sum.correct / sum.judged)
      """;

  private SuccessRates() {}

  /**
   * Problems with column {@link #RATE}: as it was before an iteration, {@code unseen_rate} for one
   * that was never tried.
   *
   * @param problems has column {@code prompt_id}
   * @param rewards table {@code rewards}
   */
  static Dataset<Row> join(
      Dataset<Row> problems,
      Dataset<Row> rewards,
      String run,
      int iteration,
      RunConfig.Sampling sampling) {
    var rates = before(rewards, run, iteration, sampling.decay());
    return problems
        .join(rates, problems.col(Prompts.PROMPT_ID).equalTo(rates.col(Rewards.PROMPT_ID)), "left")
        .drop(rates.col(Rewards.PROMPT_ID))
        .withColumn(RATE, coalesce(col(RATE), lit(sampling.unseenRate())));
  }

  /** {@code prompt_id} and {@link #RATE} of each problem that was judged before an iteration. */
  static Dataset<Row> before(Dataset<Row> rewards, String run, int iteration, double decay) {
    var verdict = col(Rewards.VERDICT);
    return rewards
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Rewards.ITERATION).lt(iteration))
        .where(verdict.notEqual(Rewards.ERROR))
        .groupBy(Rewards.PROMPT_ID, TRIAL)
        .agg(
            sum(when(verdict.equalTo(Rewards.CORRECT), 1.0).otherwise(0.0)).as(CORRECT),
            count(lit(1)).cast("double").as(JUDGED))
        .groupBy(Rewards.PROMPT_ID)
        .agg(array_sort(collect_list(struct(TRIAL, CORRECT, JUDGED))).as("trials"))
        .select(col(Rewards.PROMPT_ID), expr(DECAYED_RATE.formatted(decay)).as(RATE));
  }
}
