package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What the tables say of an iteration's responses: of those that it scored, which are the finished
 * ones of the groups that were complete with it, and of the segments that it sampled. Under partial
 * rollouts these are not the same responses.
 *
 * @param prompts problems with a response that was scored
 * @param responses responses scored
 * @param accuracy share of correct responses among those judged; NaN if none was
 * @param errors responses scored on which the verifier failed
 * @param meanTokens mean tokens of a response that was scored, over all its segments
 * @param maxTokens most tokens of such a response
 * @param stopReasons segments sampled, by stop reason
 * @param keptFraction share of the responses scored that the gate kept
 * @param rejected responses that the gate rejected, by reason; the stale ones count here alone
 * @param rolloutTokens tokens sampled
 * @param verifierErrors responses on which a verifier failed, by {@code verifier: cause}
 * @param audited responses that the audit's verifier judged too
 * @param auditAgreement share of these on which both agree; NaN if there are none
 * @param entropy mean of −log π(token) over the tokens sampled, in nats; NaN if there are none. As
 *     each token is drawn from π, its expectation at a place is the entropy of π there
 */
public record IterationMetrics(
    int prompts,
    int responses,
    double accuracy,
    int errors,
    double meanTokens,
    int maxTokens,
    Map<String, Integer> stopReasons,
    double keptFraction,
    Map<String, Integer> rejected,
    long rolloutTokens,
    Map<String, Integer> verifierErrors,
    int audited,
    double auditAgreement,
    double entropy) {
  private static final String STOP = "stop";
  private static final String VERDICT = "verdict";
  private static final String FAULT = "fault";
  private static final String AUDIT = "audit";
  private static final String AGREED = "agreed";
  private static final String DIFFERED = "differed";
  private static final String GATE = "gate";
  private static final String PROBLEM = "problem";
  private static final String KEPT = "";

  public IterationMetrics {
    stopReasons = Map.copyOf(stopReasons);
    rejected = Map.copyOf(rejected);
    verifierErrors = Map.copyOf(verifierErrors);
  }

  private static final Column NONE = lit(0);
  private static final Column ONE = lit(1);
  private static final Column NOTHING = lit(0L);
  private static final String KEY = "key";
  private static final String KIND = "kind";
  private static final String ROWS = "rows";
  private static final String TOKENS = "tokens";
  private static final String MOST_TOKENS = "most_tokens";
  private static final String SURPRISAL = "surprisal";

  /**
   * Minus the log-prob of a token, in billionths of a nat: as a whole number its sum does not
   * depend on the order of the rows.
   */
  private static final Column OF_TOKEN = floor(col("logprob").multiply(-1e9).plus(0.5));

  private static final double OF_A_NAT = 1e-9;

  /**
   * Of a value of one column: how many rows have it, and their tokens together and at most.
   *
   * @param surprisal minus the log-prob of these tokens, in nats
   */
  private record Tally(int rows, long tokens, int mostTokens, double surprisal) {
    private static final Tally NONE = new Tally(0, 0, 0, 0);

    static Tally from(Row row) {
      return new Tally(
          row.<Long>getAs(ROWS).intValue(),
          row.getAs(TOKENS),
          row.getAs(MOST_TOKENS),
          row.<Long>getAs(SURPRISAL) * OF_A_NAT);
    }

    Tally and(Tally other) {
      return new Tally(
          rows + other.rows,
          tokens + other.tokens,
          Math.max(mostTokens, other.mostTokens),
          surprisal + other.surprisal);
    }
  }

  /** Reads them from {@code trajectories}, {@code rewards} and {@code training_set}, in one job. */
  public static IterationMetrics of(Warehouse warehouse, String run, int iteration) {
    var trajectories = rows(warehouse, Trajectories.TABLE, run, iteration);
    var rewards = rows(warehouse, Rewards.TABLE, run, iteration);
    var offered = rows(warehouse, TrainingSet.TABLE, run, iteration);
    var reason = coalesce(col(TrainingSet.REJECTED_BECAUSE), lit(KEPT));
    var tokens = col(TrainingSet.TOKENS);
    var problems = rewards.select(Rewards.BORN, Rewards.PROMPT_ID).distinct();
    return of(
        trajectories
            .select(lit(STOP), col(Trajectories.STOP_REASON), ONE, tokens, NOTHING)
            .union(
                trajectories
                    .select(
                        col(Trajectories.STOP_REASON),
                        explode(col(Trajectories.LOGPROBS)).as("logprob"))
                    .select(lit(STOP), col(Trajectories.STOP_REASON), NONE, NONE, OF_TOKEN))
            .union(rewards.select(explode(saidOfRewards()).as("said")).select("said.*"))
            .union(problems.select(lit(PROBLEM), lit(PROBLEM), ONE, NONE, NOTHING))
            .union(offered.select(lit(GATE), reason, ONE, tokens, NOTHING))
            .toDF(KIND, KEY, ROWS, TOKENS, SURPRISAL)
            .where(col(KEY).isNotNull())
            .groupBy(KIND, KEY)
            .agg(
                sum(ROWS).as(ROWS),
                sum(TOKENS).as(TOKENS),
                max(TOKENS).as(MOST_TOKENS),
                sum(SURPRISAL).as(SURPRISAL))
            .collectAsList());
  }

  /** Of a row of rewards: its verdict, who failed and why, and whether the audit agrees. */
  private static Column saidOfRewards() {
    Column verdict = col(Rewards.VERDICT);
    Column second = col(Rewards.AUDIT_VERDICT);
    Column failed = verdict.equalTo(Rewards.ERROR);
    Column cause = coalesce(col(Rewards.CAUSE), lit("unknown"));
    Column both = not(failed).and(second.notEqual(Rewards.ERROR));
    return array(
        said(VERDICT, verdict),
        said(FAULT, when(failed, concat(col(Rewards.VERIFIER), lit(": "), cause))),
        said(
            AUDIT,
            when(both, when(verdict.equalTo(second), lit(AGREED)).otherwise(lit(DIFFERED)))));
  }

  private static Column said(String kind, Column key) {
    return struct(
        lit(kind).as(KIND), key.as(KEY), ONE.as(ROWS), NONE.as(TOKENS), NOTHING.as(SURPRISAL));
  }

  private static Dataset<Row> rows(
      Warehouse warehouse, TableSchema table, String run, int iteration) {
    return warehouse
        .read(table)
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Trajectories.ITERATION).equalTo(iteration));
  }

  private static IterationMetrics of(List<Row> rows) {
    Map<String, Map<String, Tally>> tallies = new TreeMap<>();
    for (Row row : rows) {
      tallies
          .computeIfAbsent(row.getAs(KIND), kind -> new TreeMap<>())
          .put(row.getAs(KEY), Tally.from(row));
    }
    var stops = tallies.getOrDefault(STOP, Map.of());
    var verdicts = tallies.getOrDefault(VERDICT, Map.of());
    var gate = tallies.getOrDefault(GATE, Map.of());
    var audit = tallies.getOrDefault(AUDIT, Map.of());
    int agreed = rowsOf(audit, AGREED);
    int audited = agreed + rowsOf(audit, DIFFERED);
    int correct = rowsOf(verdicts, Rewards.CORRECT);
    int judged = correct + rowsOf(verdicts, Rewards.WRONG);
    var sampled = stops.values().stream().reduce(Tally.NONE, Tally::and);
    var scored =
        gate.entrySet().stream()
            .filter(reason -> !reason.getKey().equals(TrainingSet.STALE))
            .map(Map.Entry::getValue)
            .reduce(Tally.NONE, Tally::and);
    var rejected = counts(gate);
    rejected.remove(KEPT);
    return new IterationMetrics(
        rowsOf(tallies.getOrDefault(PROBLEM, Map.of()), PROBLEM),
        scored.rows(),
        judged == 0 ? Double.NaN : (double) correct / judged,
        rowsOf(verdicts, Rewards.ERROR),
        scored.rows() == 0 ? 0 : (double) scored.tokens() / scored.rows(),
        scored.mostTokens(),
        counts(stops),
        scored.rows() == 0 ? 0 : (double) rowsOf(gate, KEPT) / scored.rows(),
        rejected,
        sampled.tokens(),
        counts(tallies.getOrDefault(FAULT, Map.of())),
        audited,
        audited == 0 ? Double.NaN : (double) agreed / audited,
        sampled.tokens() == 0 ? Double.NaN : sampled.surprisal() / sampled.tokens());
  }

  private static int rowsOf(Map<String, Tally> tallies, String key) {
    return tallies.containsKey(key) ? tallies.get(key).rows() : 0;
  }

  private static Map<String, Integer> counts(Map<String, Tally> tallies) {
    Map<String, Integer> counts = new TreeMap<>();
    tallies.forEach((key, tally) -> counts.put(key, tally.rows()));
    return counts;
  }
}
