package dev.mirrorspark.rollout;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min_by;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.Begun;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.table.Cells;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PictureFile;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;

/**
 * Partial rollouts (Kimi k1.5, 2.6.2): responses that an earlier iteration put off go on from their
 * tokens, sampled by the policy of the day. The replay buffer is table {@code trajectories}: what
 * is unfinished there outlives the process.
 */
final class PartialRollouts {
  private static final String SEGMENTS = "segments";

  private PartialRollouts() {}

  /**
   * The responses that go on in an iteration: those whose last segment ended with {@code budget},
   * but for those born more than {@code rollout.max_age} iterations ago. Oldest first.
   *
   * @param pictures whether their prompts can have pictures
   */
  static List<PromptRequest> unfinished(
      Warehouse warehouse, RunConfig config, int iteration, boolean pictures) {
    if (!config.rollout().partial() || iteration == 0) {
      return List.of();
    }
    int oldest = config.rollout().oldestBirth(iteration);
    var segment = col(Trajectories.SEGMENT);
    List<Row> rows =
        Trajectories.upTo(warehouse, config.run(), iteration - 1, oldest)
            .groupBy(Trajectories.BORN, Trajectories.PROMPT_ID, Trajectories.SAMPLE)
            .agg(
                max_by(col(Trajectories.STOP_REASON), segment).as(Trajectories.STOP_REASON),
                min_by(col(Trajectories.SEED), segment).as(Trajectories.SEED),
                count(lit(1)).cast("int").as(SEGMENTS),
                min_by(col(Trajectories.PROMPT_TOKEN_IDS), segment)
                    .as(Trajectories.PROMPT_TOKEN_IDS),
                Trajectories.wholeTokens().as(Trajectories.TOKEN_IDS))
            .where(col(Trajectories.STOP_REASON).equalTo(StopReason.BUDGET.label()))
            .orderBy(Trajectories.BORN, Trajectories.PROMPT_ID, Trajectories.SAMPLE)
            .collectAsList();
    Map<String, PictureFile> shown =
        pictures
            ? Prompts.pictures(
                warehouse,
                config.prompts().dataset(),
                rows.stream().map(row -> row.<String>getAs(Trajectories.PROMPT_ID)).toList())
            : Map.of();
    return rows.stream().map(row -> request(row, shown)).toList();
  }

  private static PromptRequest request(Row row, Map<String, PictureFile> pictures) {
    var begun =
        new Begun(
            row.getAs(Trajectories.BORN),
            row.getAs(SEGMENTS),
            ints(row, Trajectories.PROMPT_TOKEN_IDS),
            Stream.of(row.<String>getAs(Trajectories.TOKEN_IDS).split(" "))
                .filter(word -> !word.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray());
    return new PromptRequest(
        row.getAs(Trajectories.PROMPT_ID),
        "",
        row.getAs(Trajectories.SAMPLE),
        row.getAs(Trajectories.SEED),
        begun,
        pictures.getOrDefault(row.<String>getAs(Trajectories.PROMPT_ID), PictureFile.NONE));
  }

  private static int[] ints(Row row, String column) {
    return Cells.<Integer>list(row, column).stream().mapToInt(Integer::intValue).toArray();
  }
}
