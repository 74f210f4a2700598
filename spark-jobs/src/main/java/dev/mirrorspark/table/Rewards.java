package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.DOUBLE;
import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.optional;
import static dev.mirrorspark.table.TableSchema.required;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Table {@code rewards}: one row is the reward of one finished response. */
public final class Rewards {
  public static final String ITERATION = "iteration";
  public static final String BORN = "born";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SAMPLE = "sample";
  public static final String VERDICT = "verdict";
  public static final String VERIFIER = "verifier";
  public static final String DETAIL = "detail";
  public static final String RAW = "raw";
  public static final String LENGTH_TERM = "length_term";
  public static final String REPEAT_TERM = "repeat_term";
  public static final String TOTAL = "total";
  public static final String CAUSE = "cause";
  public static final String AUDIT_VERDICT = "audit_verdict";
  public static final String AUDIT_VERIFIER = "audit_verifier";

  /** Verdict on a response whose answer is right. */
  public static final String CORRECT = "correct";

  /** Verdict on a response whose answer is wrong or missing. */
  public static final String WRONG = "wrong";

  /** Verdict where the verifier itself failed: no reward, never a reward of 0. */
  public static final String ERROR = "error";

  public static final TableSchema TABLE =
      new TableSchema(
          "rewards",
          "One row is the reward of one finished response.",
          columns(
              TableSchema.run(),
              required(ITERATION, INT, "iteration in which the response was scored"),
              required(BORN, INT, "iteration in which the response was born"),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(SAMPLE, INT, "index of the response in its group, from 0"),
              required(VERDICT, TEXT, "correct, wrong, or error where the verifier failed"),
              required(VERIFIER, TEXT, "name of the verifier that judged"),
              optional(DETAIL, TEXT, "what the verifier saw, or why it failed; may be null"),
              optional(RAW, DOUBLE, "reward before the other terms; null on error"),
              required(
                  LENGTH_TERM,
                  DOUBLE,
                  "length reward that was added, times its weight; 0 where unused"),
              required(
                  REPEAT_TERM,
                  DOUBLE,
                  "minus the penalty for a response that was ended as repeating; 0 for others"),
              optional(
                  TOTAL,
                  DOUBLE,
                  "the reward r(x, y, y*) that trains: sum of the terms; null on error"),
              optional(
                  CAUSE,
                  TEXT,
                  "why the verifier failed: refused, exception, timeout, given_up, unavailable,"
                      + " rejected, bad_reply or no_verifier; null unless error, and in rows of"
                      + " versions that lacked it"),
              optional(
                  AUDIT_VERDICT,
                  TEXT,
                  "verdict of the audit's verifier, which rewards nothing; null where it was not"
                      + " asked"),
              optional(
                  AUDIT_VERIFIER,
                  TEXT,
                  "name of the audit's verifier; null where it was not asked")),
          Map.of(
              "verdict_known", "verdict IN ('correct', 'wrong', 'error')",
              "error_has_no_reward",
                  "(verdict = 'error') = (raw IS NULL) AND (verdict = 'error') = (total IS NULL)"),
          List.of(RUN, BORN, PROMPT_ID, SAMPLE),
          List.of());

  private Rewards() {}

  /**
   * One row of the table.
   *
   * @param verdict {@link #CORRECT}, {@link #WRONG} or {@link #ERROR}
   * @param raw reward before the other terms; empty on error
   * @param lengthTerm length reward times its weight
   * @param repeatTerm minus the penalty for repeating
   * @param cause why the verifier failed; empty unless error
   * @param auditVerdict verdict of the audit's verifier; empty where it was not asked
   */
  public record Reward(
      String run,
      int iteration,
      int born,
      String promptId,
      int sample,
      String verdict,
      String verifier,
      String detail,
      OptionalDouble raw,
      double lengthTerm,
      double repeatTerm,
      Optional<String> cause,
      Optional<String> auditVerdict,
      Optional<String> auditVerifier) {

    /** The row in the column order of {@link #TABLE}; the total is the sum of the terms. */
    public Row toRow() {
      Double reward = raw.isPresent() ? raw.getAsDouble() : null;
      return RowFactory.create(
          run,
          iteration,
          born,
          promptId,
          sample,
          verdict,
          verifier,
          detail,
          reward,
          lengthTerm,
          repeatTerm,
          reward == null ? null : reward + lengthTerm + repeatTerm,
          cause.orElse(null),
          auditVerdict.orElse(null),
          auditVerifier.orElse(null));
    }
  }
}
