package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Warehouse;
import java.util.List;
import org.apache.spark.sql.Row;

/**
 * The groups of responses that were scored in an iteration, by prompt.
 *
 * @param rows cells as {@link #header} names them
 * @param all how many there are, shown or not
 */
public record GroupRows(List<List<String>> rows, long all) {
  private static final String[] KEY = {Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE};
  private static final String RESPONSES = "responses";
  private static final String RIGHT = "right_answers";
  private static final String REWARD = "reward";
  private static final String KEPT = "kept_responses";

  public GroupRows {
    rows = List.copyOf(rows);
  }

  /**
   * Reads them.
   *
   * @param most how many are shown
   */
  public static GroupRows of(Warehouse warehouse, String run, int iteration, int most) {
    var groups =
        warehouse
            .read(Rewards.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .where(col(Rewards.ITERATION).equalTo(iteration))
            .join(
                warehouse
                    .read(TrainingSet.TABLE)
                    .where(col(TableSchema.RUN).equalTo(run))
                    .where(col(TrainingSet.ITERATION).equalTo(iteration))
                    .select(
                        TrainingSet.BORN,
                        TrainingSet.PROMPT_ID,
                        TrainingSet.SAMPLE,
                        TrainingSet.KEPT,
                        TrainingSet.TOKENS),
                KEY)
            .groupBy(Rewards.PROMPT_ID)
            .agg(
                count("*").as(RESPONSES),
                sum(col(Rewards.VERDICT).equalTo(Rewards.CORRECT).cast("long")).as(RIGHT),
                avg(Rewards.TOTAL).as(REWARD),
                avg(TrainingSet.TOKENS).as(TrainingSet.TOKENS),
                sum(col(TrainingSet.KEPT).cast("long")).as(KEPT));
    var shown = groups.orderBy(Rewards.PROMPT_ID).limit(most).collectAsList();
    long all = shown.size() < most ? shown.size() : groups.count();
    return new GroupRows(shown.stream().map(GroupRows::row).toList(), all);
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of("prompt", "responses", "right", "reward", "mean tokens", "kept");
  }

  private static List<String> row(Row row) {
    Double reward = row.getAs(REWARD);
    return List.of(
        row.getAs(Rewards.PROMPT_ID),
        Long.toString(row.getAs(RESPONSES)),
        Long.toString(row.getAs(RIGHT)),
        Figures.fixed(reward == null ? Double.NaN : reward, 3),
        Figures.fixed(row.<Double>getAs(TrainingSet.TOKENS), 1),
        Long.toString(row.getAs(KEPT)));
  }
}
