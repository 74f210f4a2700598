package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.DOUBLE;
import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.LONG;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.TIMESTAMP;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.optional;
import static dev.mirrorspark.table.TableSchema.required;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Table {@code iterations}: one row is one finished iteration. The row is what finishes it: a
 * policy version of reinforcement learning without its row here is unfinished.
 */
public final class Iterations {
  public static final String ITERATION = "iteration";
  public static final String POLICY_VERSION = "policy_version";
  public static final String PROMPTS = "prompts";
  public static final String RESPONSES = "responses";
  public static final String ACCURACY = "accuracy";
  public static final String ERRORS = "errors";
  public static final String MEAN_TOKENS = "mean_tokens";
  public static final String MAX_TOKENS = "max_tokens";
  public static final String STOP_REASONS = "stop_reasons";
  public static final String KEPT_FRACTION = "kept_fraction";
  public static final String REJECTED = "rejected";
  public static final String LOSS = "loss";
  public static final String GRAD_NORM = "grad_norm";
  public static final String KL_ESTIMATE = "kl_estimate";
  public static final String LOGRATIO_RMS = "logratio_rms";
  public static final String LOGPROB_GAP_MEAN = "logprob_gap_mean";
  public static final String LOGPROB_GAP_MAX = "logprob_gap_max";
  public static final String ROLLOUT_TOKENS = "rollout_tokens";
  public static final String UPDATE_TOKENS = "update_tokens";
  public static final String IDLE_SLOTS = "idle_slots";
  public static final String TOKENS_PER_SECOND = "tokens_per_second";
  public static final String SECONDS = "seconds";
  public static final String SECONDS_BY_STAGE = "seconds_by_stage";
  public static final String MODEL_SECONDS_BY_STAGE = "model_seconds_by_stage";
  public static final String FINISHED_AT = "finished_at";
  public static final String VERIFIER_ERRORS = "verifier_errors";
  public static final String AUDITED = "audited";
  public static final String AUDIT_AGREEMENT = "audit_agreement";
  public static final String ENTROPY = "entropy";
  public static final String WEIGHT_MEAN = "weight_mean";
  public static final String WEIGHT_CUT = "weight_cut";

  public static final TableSchema TABLE =
      new TableSchema(
          "iterations",
          "One row is one finished iteration; the row is what finishes it.",
          columns(
              TableSchema.run(),
              required(ITERATION, INT, "index of the iteration, from 0"),
              required(POLICY_VERSION, INT, "policy that sampled: the reference of the update"),
              required(PROMPTS, INT, "problems with a response that was scored"),
              required(RESPONSES, INT, "responses scored: finished, and their group complete"),
              optional(
                  ACCURACY,
                  DOUBLE,
                  "share of correct responses among those judged; null if none was"),
              required(ERRORS, INT, "responses scored on which the verifier failed"),
              required(
                  MEAN_TOKENS,
                  DOUBLE,
                  "mean tokens of a response that was scored, over all its segments"),
              required(MAX_TOKENS, INT, "most tokens of such a response"),
              required(
                  STOP_REASONS,
                  mapTo(INT),
                  "segments sampled in the iteration, by stop reason; those of budget go on"),
              required(KEPT_FRACTION, DOUBLE, "share of the responses scored that the gate kept"),
              required(
                  REJECTED,
                  mapTo(INT),
                  "responses that the gate rejected, by reason; the stale ones, which were put off"
                      + " until too old, count here alone"),
              optional(LOSS, DOUBLE, "mean loss of the steps; null if nothing was trained"),
              optional(
                  GRAD_NORM,
                  DOUBLE,
                  "mean global gradient norm before clipping; null if nothing was trained"),
              optional(
                  KL_ESTIMATE,
                  DOUBLE,
                  "estimated KL divergence of the policy from its reference, the policy that"
                      + " sampled, in nats a response: mean over the responses of the steps after"
                      + " the first of the sum of r log r - (r - 1) over the tokens that the"
                      + " reference sampled, r being the ratio of a token's two probabilities;"
                      + " never negative; null without such a step"),
              optional(
                  LOGRATIO_RMS,
                  DOUBLE,
                  "root mean square of the whole-response log-ratio at the last step, in nats; null"
                      + " if nothing was trained"),
              optional(
                  LOGPROB_GAP_MEAN,
                  DOUBLE,
                  "mean absolute difference between the log-probs of sampling and of training, a "
                      + "token; null if nothing was trained"),
              optional(
                  LOGPROB_GAP_MAX, DOUBLE, "largest such difference; null if nothing was trained"),
              required(
                  ROLLOUT_TOKENS,
                  LONG,
                  "tokens sampled in the iteration, those of responses that go on included"),
              required(UPDATE_TOKENS, LONG, "tokens trained on, prompts included"),
              optional(
                  IDLE_SLOTS,
                  DOUBLE,
                  "share of the decoding slots' steps without a response; null if the rollout was"
                      + " taken over from an earlier process"),
              required(TOKENS_PER_SECOND, DOUBLE, "tokens sampled a second of the rollout stage"),
              required(SECONDS, DOUBLE, "seconds of the iteration"),
              required(SECONDS_BY_STAGE, mapTo(DOUBLE), "seconds by stage"),
              required(
                  MODEL_SECONDS_BY_STAGE,
                  mapTo(DOUBLE),
                  "of these, seconds of model arithmetic; the rest is Spark and Delta"),
              required(FINISHED_AT, TIMESTAMP, "when the iteration was finished"),
              optional(
                  VERIFIER_ERRORS,
                  mapTo(INT),
                  "responses on which a verifier failed, by `verifier: cause`; null in rows of"
                      + " versions that lacked it"),
              optional(
                  AUDITED,
                  INT,
                  "responses that the audit's verifier judged too; null in rows of versions that"
                      + " lacked it"),
              optional(
                  AUDIT_AGREEMENT,
                  DOUBLE,
                  "share of these on which both agree; null if there are none"),
              optional(
                  ENTROPY,
                  DOUBLE,
                  "entropy of the sampling distribution at the sampling temperature, in nats a"
                      + " token: mean of minus the log-prob over the tokens sampled in the"
                      + " iteration, an estimate without bias; null if none was, and in rows of"
                      + " versions that lacked it"),
              optional(
                  WEIGHT_MEAN,
                  DOUBLE,
                  "mean weight that the correction of another engine's log-probs gave the tokens"
                      + " trained on; null without such a correction"),
              optional(
                  WEIGHT_CUT,
                  DOUBLE,
                  "share of these tokens whose weight it cut: to rollout.engine.cap, or, masked,"
                      + " to 0; null likewise")),
          Map.of(
              "indices_not_negative", "iteration >= 0 AND policy_version >= 0",
              "accuracy_is_a_share", "accuracy IS NULL OR accuracy BETWEEN 0 AND 1",
              "kept_fraction_is_a_share", "kept_fraction BETWEEN 0 AND 1",
              "counts_not_negative", "prompts >= 0 AND responses >= 0 AND errors >= 0"),
          List.of(RUN, ITERATION),
          List.of(
              IDLE_SLOTS,
              TOKENS_PER_SECOND,
              SECONDS,
              SECONDS_BY_STAGE,
              MODEL_SECONDS_BY_STAGE,
              FINISHED_AT));

  private Iterations() {}

  private static DataType mapTo(DataType value) {
    return DataTypes.createMapType(TEXT, value);
  }

  /**
   * One row of the table. A {@code double} that is null in the table is NaN here.
   *
   * @param policyVersion policy that sampled, the reference of the update
   * @param prompts problems with a response that was scored
   * @param responses responses scored: finished, and their group complete
   * @param accuracy share of correct responses among those judged; NaN if none was
   * @param loss mean loss of the steps; NaN, like the next five, if nothing was trained
   * @param klEstimate nats a response; never negative
   * @param logratioRms nats
   * @param logprobGapMean nats a token
   * @param weightMean NaN, like the next, where another engine's log-probs were not corrected
   * @param entropy nats a token; NaN if no token was sampled, or the row has none
   * @param verifierErrors empty where the row has none, as {@code audited} is 0
   */
  public record Metrics(
      String run,
      int iteration,
      int policyVersion,
      int prompts,
      int responses,
      double accuracy,
      int errors,
      double meanTokens,
      int maxTokens,
      Map<String, Integer> stopReasons,
      double keptFraction,
      Map<String, Integer> rejected,
      double loss,
      double gradNorm,
      double klEstimate,
      double logratioRms,
      double logprobGapMean,
      double logprobGapMax,
      long rolloutTokens,
      long updateTokens,
      double idleSlots,
      double tokensPerSecond,
      double seconds,
      Map<String, Double> secondsByStage,
      Map<String, Double> modelSecondsByStage,
      Instant finishedAt,
      Map<String, Integer> verifierErrors,
      int audited,
      double auditAgreement,
      double entropy,
      double weightMean,
      double weightCut) {

    public Metrics {
      verifierErrors = Map.copyOf(verifierErrors);
      stopReasons = Map.copyOf(stopReasons);
      rejected = Map.copyOf(rejected);
      secondsByStage = Map.copyOf(secondsByStage);
      modelSecondsByStage = Map.copyOf(modelSecondsByStage);
    }

    /** The row in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          run,
          iteration,
          policyVersion,
          prompts,
          responses,
          Cells.orNull(accuracy),
          errors,
          meanTokens,
          maxTokens,
          stopReasons,
          keptFraction,
          rejected,
          Cells.orNull(loss),
          Cells.orNull(gradNorm),
          Cells.orNull(klEstimate),
          Cells.orNull(logratioRms),
          Cells.orNull(logprobGapMean),
          Cells.orNull(logprobGapMax),
          rolloutTokens,
          updateTokens,
          Cells.orNull(idleSlots),
          tokensPerSecond,
          seconds,
          secondsByStage,
          modelSecondsByStage,
          Timestamp.from(finishedAt),
          verifierErrors,
          audited,
          Cells.orNull(auditAgreement),
          Cells.orNull(entropy),
          Cells.orNull(weightMean),
          Cells.orNull(weightCut));
    }

    /** Reads a row with the columns of {@link #TABLE}, in any order. */
    public static Metrics from(Row row) {
      return new Metrics(
          row.getAs(RUN),
          row.getAs(ITERATION),
          row.getAs(POLICY_VERSION),
          row.getAs(PROMPTS),
          row.getAs(RESPONSES),
          Cells.orNaN(row, ACCURACY),
          row.getAs(ERRORS),
          row.getAs(MEAN_TOKENS),
          row.getAs(MAX_TOKENS),
          Cells.map(row, STOP_REASONS),
          row.getAs(KEPT_FRACTION),
          Cells.map(row, REJECTED),
          Cells.orNaN(row, LOSS),
          Cells.orNaN(row, GRAD_NORM),
          Cells.orNaN(row, KL_ESTIMATE),
          Cells.orNaN(row, LOGRATIO_RMS),
          Cells.orNaN(row, LOGPROB_GAP_MEAN),
          Cells.orNaN(row, LOGPROB_GAP_MAX),
          row.getAs(ROLLOUT_TOKENS),
          row.getAs(UPDATE_TOKENS),
          Cells.orNaN(row, IDLE_SLOTS),
          row.getAs(TOKENS_PER_SECOND),
          row.getAs(SECONDS),
          Cells.map(row, SECONDS_BY_STAGE),
          Cells.map(row, MODEL_SECONDS_BY_STAGE),
          row.<Timestamp>getAs(FINISHED_AT).toInstant(),
          Cells.map(row, VERIFIER_ERRORS),
          Cells.orEmpty(row, AUDITED).orElse(0),
          Cells.orNaN(row, AUDIT_AGREEMENT),
          Cells.orNaN(row, ENTROPY),
          Cells.orNaN(row, WEIGHT_MEAN),
          Cells.orNaN(row, WEIGHT_CUT));
    }
  }
}
