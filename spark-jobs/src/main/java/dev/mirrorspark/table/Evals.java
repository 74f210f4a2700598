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
import java.util.OptionalInt;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Table {@code evals}: one row is one evaluation of a policy version on problems of one level. */
public final class Evals {
  public static final String POLICY_VERSION = "policy_version";
  public static final String DATASET = "dataset";
  public static final String SPLIT = "split";
  public static final String MODE = "mode";
  public static final String TEMPERATURE = "temperature";
  public static final String LEVEL = "level";
  public static final String PROBLEMS = "problems";
  public static final String SAMPLES = "samples";
  public static final String PASS_AT_1 = "pass_at_1";
  public static final String CI_LOW = "ci_low";
  public static final String CI_HIGH = "ci_high";
  public static final String MEAN_TOKENS = "mean_tokens";
  public static final String SECONDS = "seconds";

  /** Mode in which the likeliest token is taken. */
  public static final String GREEDY = "greedy";

  /** Mode in which tokens are drawn at a temperature. */
  public static final String SAMPLING = "sampling";

  public static final TableSchema TABLE =
      new TableSchema(
          "evals",
          "One row is one evaluation of a policy version, over all levels or over one.",
          columns(
              TableSchema.run(),
              required(POLICY_VERSION, INT, "the policy evaluated, see policies"),
              required(DATASET, TEXT, "the prompt set"),
              required(SPLIT, TEXT, "the split evaluated on: train, heldout or warmup"),
              required(MODE, TEXT, "greedy or sampling"),
              required(TEMPERATURE, DOUBLE, "sampling temperature, 0 for greedy"),
              optional(LEVEL, INT, "level of the problems; null for all levels together"),
              required(PROBLEMS, INT, "number of problems"),
              required(SAMPLES, INT, "responses a problem"),
              required(PASS_AT_1, DOUBLE, "mean share of correct responses a problem"),
              required(CI_LOW, DOUBLE, "lower end of its 95% interval"),
              required(CI_HIGH, DOUBLE, "upper end of its 95% interval"),
              required(MEAN_TOKENS, DOUBLE, "mean sampled tokens of a response"),
              required(SECONDS, DOUBLE, "seconds of the evaluation over all levels")),
          Map.of(
              "mode_known", "mode IN ('greedy', 'sampling')",
              "split_known", "split IN ('train', 'heldout', 'warmup')",
              "greedy_is_temperature_0", "(mode = 'greedy') = (temperature = 0)",
              "problems_present", "problems > 0 AND samples > 0",
              "pass_at_1_is_a_share", "pass_at_1 BETWEEN 0 AND 1",
              "interval_ordered", "ci_low <= ci_high"),
          List.of(RUN, POLICY_VERSION, DATASET, SPLIT, MODE, TEMPERATURE, LEVEL, PROBLEMS, SAMPLES),
          List.of(SECONDS));

  private Evals() {}

  /**
   * One row of the table.
   *
   * @param mode {@link #GREEDY} or {@link #SAMPLING}
   * @param level level of the problems, empty for all together
   * @param samples responses a problem
   */
  public record Result(
      String run,
      int policyVersion,
      String dataset,
      String split,
      String mode,
      double temperature,
      OptionalInt level,
      int problems,
      int samples,
      double passAt1,
      double ciLow,
      double ciHigh,
      double meanTokens,
      double seconds) {

    /** The row in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          run,
          policyVersion,
          dataset,
          split,
          mode,
          temperature,
          Cells.orNull(level),
          problems,
          samples,
          passAt1,
          ciLow,
          ciHigh,
          meanTokens,
          seconds);
    }

    /** Reads a row in the column order of {@link #TABLE}. */
    public static Result from(Row row) {
      return new Result(
          row.getString(0),
          row.getInt(1),
          row.getString(2),
          row.getString(3),
          row.getString(4),
          row.getDouble(5),
          Cells.orEmpty(row, 6),
          row.getInt(7),
          row.getInt(8),
          row.getDouble(9),
          row.getDouble(10),
          row.getDouble(11),
          row.getDouble(12),
          row.getDouble(13));
    }
  }
}
