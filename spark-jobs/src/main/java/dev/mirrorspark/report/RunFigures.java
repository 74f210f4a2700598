package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Warehouse;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What the pictures of a run show, each in as many rows as it has points, whatever the number of
 * responses.
 *
 * @param iterations its finished iterations, in their order
 * @param spread reward and length of the responses scored, by iteration
 * @param levels right answers by iteration and level of difficulty
 * @param lengths right answers by length of the response, over all iterations
 */
public record RunFigures(
    String run,
    List<Iterations.Metrics> iterations,
    List<Spread> spread,
    List<Level> levels,
    List<Length> lengths) {
  /** Ranges of equal width from 0 to the longest response. */
  static final int RANGES = 12;

  private static final String LOW = "low";
  private static final String HIGH = "high";
  private static final String MEAN = "mean";
  private static final String JUDGED = "judged";
  private static final String RIGHT = "right_answers";
  private static final String RANGE = "range";

  public RunFigures {
    iterations = List.copyOf(iterations);
    spread = List.copyOf(spread);
    levels = List.copyOf(levels);
    lengths = List.copyOf(lengths);
  }

  /**
   * The responses scored in an iteration.
   *
   * @param reward their mean reward; NaN if none has one
   * @param lowTokens length that a twentieth of them stays below
   * @param highTokens length that a twentieth of them exceeds
   */
  public record Spread(int iteration, double reward, double lowTokens, double highTokens) {}

  /** The responses to problems of a level that were judged in an iteration. */
  public record Level(int iteration, int level, long judged, long right) {}

  /** The responses whose length lies in a range: their mean tokens, and how many are right. */
  public record Length(double tokens, long judged, long right) {}

  /** Reads them. */
  public static RunFigures of(Warehouse warehouse, String run) {
    var rewards = rows(warehouse, Rewards.TABLE, run);
    var offered = rows(warehouse, TrainingSet.TABLE, run);
    var iterations =
        rows(warehouse, Iterations.TABLE, run).collectAsList().stream()
            .map(Iterations.Metrics::from)
            .sorted(Comparator.comparingInt(Iterations.Metrics::iteration))
            .toList();
    return new RunFigures(
        run,
        iterations,
        spread(rewards, offered),
        levels(warehouse, rewards),
        lengths(rewards, offered));
  }

  private static Dataset<Row> rows(Warehouse warehouse, TableSchema table, String run) {
    return warehouse.read(table).where(col(TableSchema.RUN).equalTo(run));
  }

  private static Column right() {
    return sum(col(Rewards.VERDICT).equalTo(Rewards.CORRECT).cast("long")).as(RIGHT);
  }

  private static Column judged() {
    return col(Rewards.VERDICT).notEqual(Rewards.ERROR);
  }

  private static List<Spread> spread(Dataset<Row> rewards, Dataset<Row> offered) {
    var lengths =
        offered
            .where(expr("coalesce(rejected_because, '') <> '" + TrainingSet.STALE + "'"))
            .groupBy(TrainingSet.ITERATION)
            .agg(
                expr("percentile_approx(tokens, 0.05)").cast("double").as(LOW),
                expr("percentile_approx(tokens, 0.95)").cast("double").as(HIGH));
    return rewards
        .groupBy(Rewards.ITERATION)
        .agg(avg(Rewards.TOTAL).as(MEAN))
        .join(lengths, Rewards.ITERATION)
        .orderBy(Rewards.ITERATION)
        .collectAsList()
        .stream()
        .map(
            row -> {
              Double mean = row.getAs(MEAN);
              return new Spread(
                  row.getAs(Rewards.ITERATION),
                  mean == null ? Double.NaN : mean,
                  row.getAs(LOW),
                  row.getAs(HIGH));
            })
        .toList();
  }

  private static List<Level> levels(Warehouse warehouse, Dataset<Row> rewards) {
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .groupBy(Prompts.PROMPT_ID) // one problem may stand in several prompt sets
            .agg(min(Prompts.LEVEL).as(Prompts.LEVEL));
    return rewards
        .where(judged())
        .join(problems, Rewards.PROMPT_ID)
        .groupBy(Rewards.ITERATION, Prompts.LEVEL)
        .agg(count("*").as(JUDGED), right())
        .orderBy(Rewards.ITERATION, Prompts.LEVEL)
        .collectAsList()
        .stream()
        .map(
            row ->
                new Level(
                    row.getAs(Rewards.ITERATION),
                    row.getAs(Prompts.LEVEL),
                    row.getAs(JUDGED),
                    row.getAs(RIGHT)))
        .toList();
  }

  private static List<Length> lengths(Dataset<Row> rewards, Dataset<Row> offered) {
    Integer longest = offered.agg(max(TrainingSet.TOKENS).as(HIGH)).head().getAs(HIGH);
    if (longest == null) {
      return List.of();
    }
    Column range = floor(col(TrainingSet.TOKENS).multiply(RANGES).divide(lit(longest + 1)));
    return rewards
        .where(judged())
        .select(Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE, Rewards.VERDICT)
        .join(
            offered.select(
                TrainingSet.BORN, TrainingSet.PROMPT_ID, TrainingSet.SAMPLE, TrainingSet.TOKENS),
            new String[] {TrainingSet.BORN, TrainingSet.PROMPT_ID, TrainingSet.SAMPLE})
        .groupBy(range.as(RANGE))
        .agg(avg(TrainingSet.TOKENS).as(MEAN), count("*").as(JUDGED), right())
        .orderBy(RANGE)
        .collectAsList()
        .stream()
        .map(row -> new Length(row.getAs(MEAN), row.getAs(JUDGED), row.getAs(RIGHT)))
        .toList();
  }
}
