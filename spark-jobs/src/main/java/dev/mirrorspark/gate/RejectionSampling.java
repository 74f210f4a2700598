package dev.mirrorspark.gate;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The gate: which of an iteration's finished responses train, with the reason for every rejection
 * and the advantage of the others (Kimi k1.5, 2.3.2).
 *
 * <p>First each response is looked at by itself, and the first reason that holds is written down:
 * {@code stale} (put off until it was older than {@code rollout.max_age}), {@code error} (it has no
 * reward), {@code cut} and {@code over_long} (by setting), then {@code duplicate} (by setting: an
 * earlier response of its group that none of these reasons holds of has the same tokens). Then what
 * is left of a group (the responses to a prompt), by what the algorithm keeps:
 *
 * <ul>
 *   <li>Groups with signal (mirror descent, GRPO): where it has fewer than two different rewards,
 *       it carries no signal and is rejected whole as {@code no_signal}: nothing tells a better
 *       response from a worse one, and the log-ratio term alone would only hold the policy in
 *       place.
 *   <li>The correct ones (ReST): all others are rejected as {@code not_best}.
 * </ul>
 *
 * <p>The advantage is the credit that the algorithm gives: for mirror descent the reward minus the
 * group's baseline. It is given over <em>all</em> responses without error, the rejected ones
 * included: the baseline estimates τ log Z, an expectation over the policy that sampled, and every
 * response with a reward is a sample of that policy. Without the cut ones, which are wrong without
 * exception, it would come out too high; without the duplicates it would count rare responses as
 * much as common ones.
 */
public final class RejectionSampling {
  /** Why a response is rejected: its verifier failed. */
  public static final String ERROR = "error";

  /** Why a response is rejected: it was cut off at the longest length. */
  public static final String CUT = "cut";

  /** Why a response is rejected: it has more tokens than {@code gate.max_tokens}. */
  public static final String OVER_LONG = "over_long";

  /** Why a response is rejected: an earlier one of its group has the same tokens. */
  public static final String DUPLICATE = "duplicate";

  /** Why a response is rejected: what is left of its group has no two different rewards. */
  public static final String NO_SIGNAL = "no_signal";

  /** Why a response is rejected: it is not correct, and ReST trains on correct ones only. */
  public static final String NOT_BEST = "not_best";

  private static final String CREDIT = "credit";
  private static final Column REASON = col(TrainingSet.REJECTED_BECAUSE);
  private static final Column TOTAL = col(Rewards.TOTAL); // null on error: aggregates pass over it

  private RejectionSampling() {}

  /** Decides on a wave's responses; where that is done already, does nothing. */
  public static void run(Warehouse warehouse, RunConfig config, Wave wave) {
    String app = config.run() + "/gate";
    if (!wave.isIn(warehouse, TrainingSet.TABLE, app)) {
      warehouse.append(TrainingSet.TABLE, decisions(warehouse, config, wave), app, wave.version());
    }
  }

  /** The wave's rows of {@code training_set}. */
  static Dataset<Row> decisions(Warehouse warehouse, RunConfig config, Wave wave) {
    var offered = OfferedResponses.of(warehouse, config, wave);
    var looked = offered.withColumn(TrainingSet.REJECTED_BECAUSE, ownFault(config.gate()));
    if (config.gate().dropsDuplicates()) {
      looked = looked.withColumn(TrainingSet.REJECTED_BECAUSE, coalesce(REASON, duplicate()));
    }
    var algorithm = Algorithm.of(config);
    Column lacking =
        switch (algorithm.kept()) {
          case GROUPS_WITH_SIGNAL -> noSignal();
          case CORRECT -> notBest();
          case ALL -> lit(null).cast("string");
        };
    Column kept = REASON.isNull();
    var decided = looked.withColumn(TrainingSet.REJECTED_BECAUSE, coalesce(REASON, lacking));
    return Credit.add(decided, algorithm, TOTAL, CREDIT)
        .select(
            col(TableSchema.RUN),
            col(TrainingSet.ITERATION),
            col(TrainingSet.BORN),
            col(TrainingSet.PROMPT_ID),
            col(TrainingSet.SAMPLE),
            kept.as(TrainingSet.KEPT),
            REASON,
            when(kept, col(CREDIT)).as(TrainingSet.ADVANTAGE),
            col(TrainingSet.TOKENS));
  }

  private static Column ownFault(RunConfig.Gate gate) {
    Column reason =
        when(col(Rewards.VERDICT).isNull(), lit(TrainingSet.STALE))
            .when(col(Rewards.VERDICT).equalTo(Rewards.ERROR), lit(ERROR));
    if (gate.dropsCut()) {
      var length = StopReason.LENGTH.label();
      reason = reason.when(col(OfferedResponses.STOP_REASON).equalTo(length), lit(CUT));
    }
    if (gate.maxTokens() > 0) {
      reason = reason.when(col(TrainingSet.TOKENS).gt(gate.maxTokens()), lit(OVER_LONG));
    }
    return reason;
  }

  private static Column duplicate() {
    var same =
        OfferedResponses.group(col(OfferedResponses.TOKEN_IDS), REASON.isNull())
            .orderBy(TrainingSet.SAMPLE);
    return when(row_number().over(same).gt(1), lit(DUPLICATE));
  }

  private static Column noSignal() {
    var group = OfferedResponses.group();
    Column left = when(REASON.isNull(), TOTAL);
    Column signal = min(left).over(group).notEqual(max(left).over(group));
    return when(not(coalesce(signal, lit(false))), lit(NO_SIGNAL));
  }

  private static Column notBest() {
    return when(col(Rewards.VERDICT).notEqual(Rewards.CORRECT), lit(NOT_BEST));
  }
}
