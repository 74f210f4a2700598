package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.BOOLEAN;
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
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Table {@code eval_results}: one row is one judged response of an evaluation. */
public final class EvalResults {
  public static final String POLICY_VERSION = Evals.POLICY_VERSION;
  public static final String DATASET = Evals.DATASET;
  public static final String SPLIT = Evals.SPLIT;
  public static final String MODE = Evals.MODE;
  public static final String TEMPERATURE = Evals.TEMPERATURE;
  public static final String PROBLEMS = Evals.PROBLEMS;
  public static final String SAMPLES = Evals.SAMPLES;
  public static final String PROMPT_ID = Prompts.PROMPT_ID;
  public static final String DOMAIN = Evals.DOMAIN;
  public static final String LEVEL = Evals.LEVEL;
  public static final String SAMPLE = "sample";
  public static final String CORRECT = "correct";
  public static final String TOKENS = "tokens";
  public static final String ANSWER = "answer";

  public static final TableSchema TABLE =
      new TableSchema(
          "eval_results",
          "One row is one judged response of an evaluation.",
          columns(
              TableSchema.run(),
              required(POLICY_VERSION, INT, "the policy evaluated, see policies"),
              required(DATASET, TEXT, "the prompt set"),
              required(SPLIT, TEXT, "the split evaluated on: train, heldout or warmup"),
              required(MODE, TEXT, "greedy or sampling"),
              required(TEMPERATURE, DOUBLE, "sampling temperature, 0 for greedy"),
              required(PROBLEMS, INT, "number of problems of the whole evaluation"),
              required(SAMPLES, INT, "responses a problem"),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(DOMAIN, TEXT, "domain of the problem"),
              required(LEVEL, INT, "level of the problem"),
              required(SAMPLE, INT, "index of the response to its problem, from 0"),
              optional(CORRECT, BOOLEAN, "whether it is right; null where the verifier failed"),
              required(TOKENS, INT, "number of sampled tokens"),
              optional(ANSWER, TEXT, "the final answer it states, as it votes; null if none")),
          Map.of(
              "mode_known", "mode IN ('greedy', 'sampling')",
              "greedy_is_temperature_0", "(mode = 'greedy') = (temperature = 0)",
              "sample_of_samples", "sample >= 0 AND sample < samples",
              "answer_not_empty", "answer IS NULL OR answer <> ''"),
          List.of(
              RUN,
              POLICY_VERSION,
              DATASET,
              SPLIT,
              MODE,
              TEMPERATURE,
              PROBLEMS,
              SAMPLES,
              PROMPT_ID,
              SAMPLE),
          List.of());

  private EvalResults() {}

  /**
   * One row of the table.
   *
   * @param mode {@link Evals#GREEDY} or {@link Evals#SAMPLING}
   * @param problems number of problems of the whole evaluation
   * @param samples responses a problem
   * @param correct empty where the verifier failed
   * @param answer the final answer it states, empty if none
   */
  public record Result(
      String run,
      int policyVersion,
      String dataset,
      String split,
      String mode,
      double temperature,
      int problems,
      int samples,
      String promptId,
      String domain,
      int level,
      int sample,
      Optional<Boolean> correct,
      int tokens,
      Optional<String> answer) {

    /** The row in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          run,
          policyVersion,
          dataset,
          split,
          mode,
          temperature,
          problems,
          samples,
          promptId,
          domain,
          level,
          sample,
          correct.orElse(null),
          tokens,
          answer.orElse(null));
    }

    /** Reads a row with the columns of {@link #TABLE}, in any order. */
    public static Result from(Row row) {
      return new Result(
          row.getAs(RUN),
          row.getAs(POLICY_VERSION),
          row.getAs(DATASET),
          row.getAs(SPLIT),
          row.getAs(MODE),
          row.getAs(TEMPERATURE),
          row.getAs(PROBLEMS),
          row.getAs(SAMPLES),
          row.getAs(PROMPT_ID),
          row.getAs(DOMAIN),
          row.getAs(LEVEL),
          row.getAs(SAMPLE),
          Optional.ofNullable(row.getAs(CORRECT)),
          row.getAs(TOKENS),
          Optional.ofNullable(row.getAs(ANSWER)));
    }
  }
}
