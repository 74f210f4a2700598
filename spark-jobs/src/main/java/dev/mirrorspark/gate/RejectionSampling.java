package dev.mirrorspark.gate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.StopReason;
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
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * The gate: which responses train, with the reason for every rejection and the advantage of the
 * others (Kimi k1.5, 2.3.2).
 *
 * <p>A group trains once, in the iteration in which the last of its members ends. A member that was
 * put off until it was older than {@code rollout.max_age} is rejected as {@code stale}.
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

  /** Why a response is rejected: it was put off until it was too old to go on. */
  public static final String STALE = "stale";

  private static final String LAST = "last";
  private static final WindowSpec GROUP = Window.partitionBy(Rewards.BORN, Rewards.PROMPT_ID);

  private RejectionSampling() {}

  /** Decides on an iteration's responses; where that is done already, does nothing. */
  public static void run(Warehouse warehouse, RunConfig config, int iteration) {
    String app = config.run() + "/gate";
    if (warehouse.committed(TrainingSet.TABLE, app).orElse(-1) >= iteration) {
      return;
    }
    var offered = offered(warehouse, config, iteration);
    var baseline = Baseline.named(config.train().baseline());
    warehouse.append(
        TrainingSet.TABLE, decide(offered, baseline, config.train().tau()), app, iteration);
  }

  /**
   * The responses of the groups that are complete with this iteration: one of them got its last
   * segment now, and none goes on. A response that would go on but is too old by then is stale.
   */
  private static Dataset<Row> offered(Warehouse warehouse, RunConfig config, int iteration) {
    int oldest = config.rollout().oldestBirth(iteration);
    var none = lit(null).cast("string");
    var rewards =
        warehouse
            .read(Rewards.TABLE)
            .where(col(TableSchema.RUN).equalTo(config.run()))
            .where(col(Rewards.ITERATION).between(oldest, iteration))
            .where(col(Rewards.BORN).geq(oldest))
            .select(
                col(TableSchema.RUN),
                lit(iteration).as(TrainingSet.ITERATION),
                col(Rewards.BORN),
                col(Rewards.PROMPT_ID),
                col(Rewards.SAMPLE),
                col(Rewards.VERDICT),
                col(Rewards.TOTAL),
                lit(0).as(TrainingSet.TOKENS),
                lit(-1).as(Trajectories.SEGMENT),
                none.as(Trajectories.STOP_REASON),
                lit(-1).as(LAST));
    var segments =
        Trajectories.upTo(warehouse, config.run(), iteration, oldest)
            .select(
                col(TableSchema.RUN),
                lit(iteration),
                col(Trajectories.BORN),
                col(Trajectories.PROMPT_ID),
                col(Trajectories.SAMPLE),
                none,
                lit(null).cast("double"),
                col(Trajectories.TOKENS),
                col(Trajectories.SEGMENT),
                col(Trajectories.STOP_REASON),
                col(Trajectories.ITERATION));
    var stop = col(Trajectories.STOP_REASON);
    var putOff = stop.equalTo(StopReason.BUDGET.label());
    var goesOn = putOff.and(col(Rewards.BORN).plus(config.rollout().maxAge()).gt(iteration));
    return rewards
        .union(segments)
        .repartition(col(Rewards.PROMPT_ID)) // the one shuffle: all below stays in its group
        .groupBy(
            TableSchema.RUN, TrainingSet.ITERATION, Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE)
        .agg(
            max(Rewards.VERDICT).as(Rewards.VERDICT),
            max(Rewards.TOTAL).as(Rewards.TOTAL),
            sum(TrainingSet.TOKENS).cast("int").as(TrainingSet.TOKENS),
            max_by(stop, col(Trajectories.SEGMENT)).as(Trajectories.STOP_REASON),
            max(LAST).as(LAST))
        .where(col(Rewards.VERDICT).isNotNull().or(putOff))
        .withColumn("goes_on", max(goesOn).over(GROUP))
        .withColumn("newest", max(LAST).over(GROUP))
        .where(not(col("goes_on")).and(col("newest").equalTo(iteration)));
  }

  /**
   * The rows of {@code training_set}.
   *
   * @param offered rows of {@code rewards} with the tokens of each response
   */
  private static Dataset<Row> decide(Dataset<Row> offered, Baseline baseline, double tau) {
    var inOrder =
        GROUP
            .orderBy(Rewards.SAMPLE)
            .rowsBetween(Window.unboundedPreceding(), Window.unboundedFollowing());
    var baselineOf =
        udf(
            (UDF1<Seq<Double>, Double>) rewards -> baseline.of(array(rewards), tau),
            DataTypes.DoubleType);
    Column total = col(Rewards.TOTAL); // null on error: the aggregates pass over it
    Column signal = min(total).over(GROUP).notEqual(max(total).over(GROUP));
    Column reason =
        when(col(Rewards.VERDICT).isNull(), lit(STALE))
            .when(col(Rewards.VERDICT).equalTo(Rewards.ERROR), lit(ERROR))
            .when(not(coalesce(signal, lit(false))), lit(NO_SIGNAL));
    Column kept = col(TrainingSet.REJECTED_BECAUSE).isNull();
    return offered
        .withColumn(TrainingSet.REJECTED_BECAUSE, reason)
        .withColumn("baseline", baselineOf.apply(collect_list(total).over(inOrder)))
        .select(
            col(TableSchema.RUN),
            col(TrainingSet.ITERATION),
            col(TrainingSet.BORN),
            col(TrainingSet.PROMPT_ID),
            col(TrainingSet.SAMPLE),
            kept.as(TrainingSet.KEPT),
            col(TrainingSet.REJECTED_BECAUSE),
            when(kept, total.minus(col("baseline"))).as(TrainingSet.ADVANTAGE),
            col(TrainingSet.TOKENS));
  }

  private static double[] array(Seq<Double> values) {
    return JavaConverters.seqAsJavaList(values).stream().mapToDouble(Double::doubleValue).toArray();
  }
}
