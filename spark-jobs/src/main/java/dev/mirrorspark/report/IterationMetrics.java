package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
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
 * What the tables say of an iteration's responses.
 *
 * @param responses responses finished
 * @param accuracy share of correct responses among those judged; NaN if none was
 * @param errors responses on which the verifier failed
 * @param meanTokens mean sampled tokens of a response
 * @param maxTokens most sampled tokens of a response
 * @param stopReasons responses by stop reason
 * @param keptFraction share of responses that the gate kept
 * @param rejected responses that the gate rejected, by reason
 * @param rolloutTokens tokens sampled in the iteration
 * @param verifierErrors responses on which a verifier failed, by {@code verifier: cause}
 * @param audited responses that the audit's verifier judged too
 * @param auditAgreement share of these on which both agree; NaN if there are none
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
    double auditAgreement) {
  private static final String STOP = "stop";
  private static final String VERDICT = "verdict";
  private static final String FAULT = "fault";
  private static final String AUDIT = "audit";
  private static final String AGREED = "agreed";
  private static final String DIFFERED = "differed";
  private static final String GATE = "gate";
  private static final String KEPT = "";

  public IterationMetrics {
    stopReasons = Map.copyOf(stopReasons);
    rejected = Map.copyOf(rejected);
    verifierErrors = Map.copyOf(verifierErrors);
  }

  /** Of a value of one column: how many rows have it, and their tokens together and at most. */
  private record Tally(int rows, int groups, long tokens, int mostTokens) {}

  /** Reads them from {@code trajectories}, {@code rewards} and {@code training_set}, in one job. */
  public static IterationMetrics of(Warehouse warehouse, String run, int iteration) {
    var trajectories = rows(warehouse, Trajectories.TABLE, run, iteration);
    var rewards = rows(warehouse, Rewards.TABLE, run, iteration);
    var offered = rows(warehouse, TrainingSet.TABLE, run, iteration);
    var reason = coalesce(col(TrainingSet.REJECTED_BECAUSE), lit(KEPT));
    var none = lit(0);
    var first = col(TrainingSet.SAMPLE).equalTo(0).cast("int"); // one in each group
    var tokens = col(TrainingSet.TOKENS);
    return of(
        trajectories
            .select(lit(STOP).as("kind"), col(Trajectories.STOP_REASON), none, tokens)
            .union(rewards.select(explode(saidOfRewards()).as("said")).select("said.*"))
            .union(offered.select(lit(GATE), reason, first, tokens))
            .toDF("kind", "key", "first", "tokens")
            .where(col("key").isNotNull())
            .groupBy("kind", "key")
            .agg(count("*"), sum("first"), sum("tokens"), max("tokens"))
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
    return struct(lit(kind).as("kind"), key.as("key"), lit(0).as("first"), lit(0).as("tokens"));
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
          .computeIfAbsent(row.getString(0), kind -> new TreeMap<>())
          .put(row.getString(1), tally(row));
    }
    var stops = tallies.getOrDefault(STOP, Map.of());
    var verdicts = tallies.getOrDefault(VERDICT, Map.of());
    var gate = tallies.getOrDefault(GATE, Map.of());
    var audit = tallies.getOrDefault(AUDIT, Map.of());
    int agreed = rowsOf(audit, AGREED);
    int audited = agreed + rowsOf(audit, DIFFERED);
    int correct = rowsOf(verdicts, Rewards.CORRECT);
    int judged = correct + rowsOf(verdicts, Rewards.WRONG);
    int responses = gate.values().stream().mapToInt(Tally::rows).sum();
    long tokens = gate.values().stream().mapToLong(Tally::tokens).sum();
    var rejected = counts(gate);
    rejected.remove(KEPT);
    return new IterationMetrics(
        gate.values().stream().mapToInt(Tally::groups).sum(),
        responses,
        judged == 0 ? Double.NaN : (double) correct / judged,
        rowsOf(verdicts, Rewards.ERROR),
        responses == 0 ? 0 : (double) tokens / responses,
        gate.values().stream().mapToInt(Tally::mostTokens).max().orElse(0),
        counts(stops),
        responses == 0 ? 0 : (double) rowsOf(gate, KEPT) / responses,
        rejected,
        stops.values().stream().mapToLong(Tally::tokens).sum(),
        counts(tallies.getOrDefault(FAULT, Map.of())),
        audited,
        audited == 0 ? Double.NaN : (double) agreed / audited);
  }

  private static Tally tally(Row row) {
    return new Tally((int) row.getLong(2), (int) row.getLong(3), row.getLong(4), row.getInt(5));
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
