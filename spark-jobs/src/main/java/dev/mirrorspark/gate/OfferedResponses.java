package dev.mirrorspark.gate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.CompleteGroups;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/**
 * What a wave offers to the gate: its scored responses with what the gate's rules ask of their
 * segments, brought together by group in one shuffle. What no rule asks for is not read.
 */
final class OfferedResponses {
  /** Last stop reason; read for {@code gate.cut: drop} and partial rollouts only. */
  static final String STOP_REASON = Trajectories.STOP_REASON;

  /** All token ids, as words; read for {@code gate.duplicates: drop} only. */
  static final String TOKEN_IDS = Trajectories.TOKEN_IDS;

  /** What the responses of a group have in common; the shuffle is by it. */
  private static final String[] GROUP = {Rewards.BORN, Rewards.PROMPT_ID};

  private OfferedResponses() {}

  /** A window over each group. */
  static WindowSpec group(Column... within) {
    List<Column> by = new ArrayList<>();
    for (String key : GROUP) {
      by.add(col(key));
    }
    by.addAll(List.of(within));
    return Window.partitionBy(by.toArray(Column[]::new));
  }

  /**
   * One row a response: run, iteration, born, prompt_id, sample, verdict, total, tokens and the
   * above.
   */
  static Dataset<Row> of(Warehouse warehouse, RunConfig config, Wave wave) {
    int iteration = wave.iteration();
    List<Column> ofRewards = new ArrayList<>();
    List<Column> ofSegments = new ArrayList<>();
    for (Column key :
        List.of(
            col(TableSchema.RUN),
            lit(iteration).as(Rewards.ITERATION),
            col(Rewards.BORN),
            col(Rewards.PROMPT_ID),
            col(Rewards.SAMPLE))) {
      ofRewards.add(key);
      ofSegments.add(key);
    }
    ofRewards.addAll(List.of(col(Rewards.VERDICT), col(Rewards.TOTAL), lit(0)));
    ofSegments.addAll(
        List.of(
            lit(null).cast("string").as(Rewards.VERDICT),
            lit(null).cast("double").as(Rewards.TOTAL),
            col(Trajectories.TOKENS)));
    List<Column> merged = new ArrayList<>();
    merged.add(max(Rewards.TOTAL).as(Rewards.TOTAL));
    merged.add(sum(TrainingSet.TOKENS).cast("int").as(TrainingSet.TOKENS));
    boolean partial = config.rollout().partial();
    boolean stop = partial || config.gate().dropsCut();
    boolean duplicates = config.gate().dropsDuplicates();
    if (stop || duplicates) {
      ofRewards.add(lit(null).cast("int"));
      ofSegments.add(col(Trajectories.SEGMENT));
    }
    if (stop) {
      ofRewards.add(lit(null).cast("string"));
      ofSegments.add(col(STOP_REASON));
      merged.add(max_by(col(STOP_REASON), col(Trajectories.SEGMENT)).as(STOP_REASON));
    }
    if (duplicates) {
      ofRewards.add(lit(null).cast("array<int>"));
      ofSegments.add(col(TOKEN_IDS));
      merged.add(Trajectories.wholeTokens().as(TOKEN_IDS));
    }
    if (partial) {
      ofRewards.add(lit(null).cast("int"));
      ofSegments.add(col(Trajectories.ITERATION).as(CompleteGroups.LAST));
      merged.add(max(CompleteGroups.LAST).as(CompleteGroups.LAST));
    }
    Column[] groups = List.of(GROUP).stream().map(key -> col(key)).toArray(Column[]::new);
    var rewards =
        warehouse
            .read(Rewards.TABLE)
            .where(col(TableSchema.RUN).equalTo(config.run()))
            .where(col(Rewards.ITERATION).equalTo(iteration));
    int oldest = config.rollout().oldestBirth(iteration);
    var rows =
        Trajectories.upTo(warehouse, config.run(), iteration, oldest)
            .select(ofSegments.toArray(Column[]::new))
            .union(rewards.select(ofRewards.toArray(Column[]::new)));
    var responses =
        wave.without(warehouse, TrainingSet.TABLE, config, rows)
            .repartition(groups) // the one shuffle: all that follows stays in its group
            .groupBy(
                TableSchema.RUN, Rewards.ITERATION, Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE)
            .agg(max(Rewards.VERDICT).as(Rewards.VERDICT), merged.toArray(Column[]::new));
    Column scored = col(Rewards.VERDICT).isNotNull();
    return partial
        ? CompleteGroups.of(responses, iteration, config.rollout().maxAge())
            .where(scored.or(col(STOP_REASON).equalTo(Trajectories.PUT_OFF)))
        : responses.where(scored);
  }
}
