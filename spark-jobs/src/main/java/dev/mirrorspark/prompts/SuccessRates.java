package dev.mirrorspark.prompts;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pow;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

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

  /** Of decayed counts: sums of decimals do not depend on the order of the rows. */
  private static final String COUNT = "decimal(28, 18)";

  private static final String AGE = "age";

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
    var newestFirst = Window.partitionBy(Rewards.PROMPT_ID).orderBy(col(TRIAL).desc());
    return rewards
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Rewards.ITERATION).lt(iteration))
        .where(verdict.notEqual(Rewards.ERROR))
        .groupBy(Rewards.PROMPT_ID, TRIAL)
        .agg(
            sum(when(verdict.equalTo(Rewards.CORRECT), 1.0).otherwise(0.0)).as(CORRECT),
            count(lit(1)).cast("double").as(JUDGED))
        .withColumn(AGE, row_number().over(newestFirst).minus(1))
        .groupBy(Rewards.PROMPT_ID)
        .agg(decayed(CORRECT, decay).divide(decayed(JUDGED, decay)).as(RATE));
  }

  private static Column decayed(String counted, double decay) {
    Column weight = pow(lit(decay), col(AGE));
    return sum(col(counted).multiply(weight).cast(COUNT)).cast("double");
  }
}
