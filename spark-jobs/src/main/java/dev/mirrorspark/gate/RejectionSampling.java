package dev.mirrorspark.gate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * The gate: which of an iteration's finished responses train, with the reason for every rejection
 * and the advantage of the others (Kimi k1.5, 2.3.2).
 *
 * <p>A response without reward is rejected as {@code error}. A group (the responses to a prompt)
 * whose rewards are all equal, or that has fewer than two, carries no signal and is rejected whole
 * as {@code no_signal}: its advantages are 0, and its log-ratio term would only hold the policy in
 * place. The baseline runs over the group's responses without error, and the advantage is the
 * reward minus it.
 */
public final class RejectionSampling {
  /** Why a response is rejected: its verifier failed. */
  public static final String ERROR = "error";

  /** Why a response is rejected: its group has no two different rewards. */
  public static final String NO_SIGNAL = "no_signal";

  private RejectionSampling() {}

  /** Decides on an iteration's responses; where that is done already, does nothing. */
  public static void run(Warehouse warehouse, RunConfig config, int iteration) {
    String app = config.run() + "/gate";
    if (warehouse.committed(TrainingSet.TABLE, app).orElse(-1) >= iteration) {
      return;
    }
    var rewards =
        rows(warehouse, Rewards.TABLE, config.run(), iteration)
            .select(
                col(TableSchema.RUN),
                col(Rewards.ITERATION),
                col(Rewards.PROMPT_ID),
                col(Rewards.SAMPLE),
                col(Rewards.VERDICT),
                col(Rewards.TOTAL),
                lit(0).as(TrainingSet.TOKENS));
    var segments =
        rows(warehouse, Trajectories.TABLE, config.run(), iteration)
            .select(
                col(TableSchema.RUN),
                col(Trajectories.ITERATION),
                col(Trajectories.PROMPT_ID),
                col(Trajectories.SAMPLE),
                lit(null).cast("string"),
                lit(null).cast("double"),
                col(Trajectories.TOKENS));
    var offered =
        rewards
            .union(segments)
            .repartition(col(Rewards.PROMPT_ID)) // the one shuffle: all below stays in its group
            .groupBy(TableSchema.RUN, Rewards.ITERATION, Rewards.PROMPT_ID, Rewards.SAMPLE)
            .agg(
                max(Rewards.VERDICT).as(Rewards.VERDICT),
                max(Rewards.TOTAL).as(Rewards.TOTAL),
                sum(TrainingSet.TOKENS).cast("int").as(TrainingSet.TOKENS))
            .where(col(Rewards.VERDICT).isNotNull());
    var baseline = Baseline.named(config.train().baseline());
    warehouse.append(
        TrainingSet.TABLE, decide(offered, baseline, config.train().tau()), app, iteration);
  }

  /**
   * The rows of {@code training_set}.
   *
   * @param offered rows of {@code rewards} with the tokens of each response
   */
  private static Dataset<Row> decide(Dataset<Row> offered, Baseline baseline, double tau) {
    var group = Window.partitionBy(Rewards.PROMPT_ID);
    var inOrder =
        group
            .orderBy(Rewards.SAMPLE)
            .rowsBetween(Window.unboundedPreceding(), Window.unboundedFollowing());
    var baselineOf =
        udf(
            (UDF1<Seq<Double>, Double>) rewards -> baseline.of(array(rewards), tau),
            DataTypes.DoubleType);
    Column total = col(Rewards.TOTAL); // null on error: the aggregates pass over it
    Column signal = min(total).over(group).notEqual(max(total).over(group));
    Column reason =
        when(col(Rewards.VERDICT).equalTo(Rewards.ERROR), lit(ERROR))
            .when(not(coalesce(signal, lit(false))), lit(NO_SIGNAL));
    Column kept = col(TrainingSet.REJECTED_BECAUSE).isNull();
    return offered
        .withColumn(TrainingSet.REJECTED_BECAUSE, reason)
        .withColumn("baseline", baselineOf.apply(collect_list(total).over(inOrder)))
        .select(
            col(TableSchema.RUN),
            col(TrainingSet.ITERATION),
            col(TrainingSet.PROMPT_ID),
            col(TrainingSet.SAMPLE),
            kept.as(TrainingSet.KEPT),
            col(TrainingSet.REJECTED_BECAUSE),
            when(kept, total.minus(col("baseline"))).as(TrainingSet.ADVANTAGE),
            col(TrainingSet.TOKENS));
  }

  private static Dataset<Row> rows(
      Warehouse warehouse, TableSchema table, String run, int iteration) {
    return warehouse
        .read(table)
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Rewards.ITERATION).equalTo(iteration));
  }

  private static double[] array(Seq<Double> values) {
    return JavaConverters.seqAsJavaList(values).stream().mapToDouble(Double::doubleValue).toArray();
  }
}
