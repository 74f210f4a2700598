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
import java.util.OptionalInt;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;

/**
 * Table {@code evals}: one row is one evaluation of a policy version on all its problems, on those
 * of one level, or on those of one domain.
 */
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
  public static final String DOMAIN = "domain";
  public static final String AT_K = "at_k";

  /** Mode in which the likeliest token is taken. */
  public static final String GREEDY = "greedy";

  /** Mode in which tokens are drawn at a temperature. */
  public static final String SAMPLING = "sampling";

  public static final TableSchema TABLE =
      new TableSchema(
          "evals",
          "One row is one evaluation of a policy version, over all problems, one level or one"
              + " domain.",
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
              required(SECONDS, DOUBLE, "seconds of the evaluation over all levels"),
              optional(DOMAIN, TEXT, "domain of the problems; null for all domains together"),
              optional(
                  AT_K,
                  DataTypes.createArrayType(
                      columns(
                          optional("k", INT, "number of tries: 1, 2, 4, … up to samples"),
                          optional("pass", DOUBLE, "pass@k: share solved by one of k tries"),
                          optional("pass_low", DOUBLE, "lower end of its 95% interval"),
                          optional("pass_high", DOUBLE, "upper end of its 95% interval"),
                          optional(
                              "maj",
                              DOUBLE,
                              "maj@k: share solved by majority vote of k; null: no votes"),
                          optional("maj_low", DOUBLE, "lower end of its 95% interval"),
                          optional("maj_high", DOUBLE, "upper end of its 95% interval"))),
                  "the figures for k tries; null in rows of versions that lacked them")),
          Map.of(
              "mode_known", "mode IN ('greedy', 'sampling')",
              "split_known", "split IN ('train', 'heldout', 'warmup')",
              "greedy_is_temperature_0", "(mode = 'greedy') = (temperature = 0)",
              "problems_present", "problems > 0 AND samples > 0",
              "pass_at_1_is_a_share", "pass_at_1 BETWEEN 0 AND 1",
              "interval_ordered", "ci_low <= ci_high"),
          List.of(
              RUN,
              POLICY_VERSION,
              DATASET,
              SPLIT,
              MODE,
              TEMPERATURE,
              LEVEL,
              DOMAIN,
              PROBLEMS,
              SAMPLES),
          List.of(SECONDS));

  private Evals() {}

  /**
   * maj@k, with its 95% interval.
   *
   * @param share of the problems, by the vote of k responses
   */
  public record Majority(double share, double low, double high) {}

  /**
   * The figures for k tries at a problem.
   *
   * @param k number of tries
   * @param pass pass@k, with its 95% interval
   * @param majority maj@k; empty where no response votes
   */
  public record AtK(
      int k, double pass, double passLow, double passHigh, Optional<Majority> majority) {

    Row toRow() {
      return RowFactory.create(
          k,
          pass,
          passLow,
          passHigh,
          majority.map(Majority::share).orElse(null),
          majority.map(Majority::low).orElse(null),
          majority.map(Majority::high).orElse(null));
    }

    static AtK from(Row row) {
      Double share = row.getAs("maj");
      return new AtK(
          row.getAs("k"),
          row.getAs("pass"),
          row.getAs("pass_low"),
          row.getAs("pass_high"),
          share == null
              ? Optional.empty()
              : Optional.of(new Majority(share, row.getAs("maj_low"), row.getAs("maj_high"))));
    }
  }

  /**
   * One row of the table.
   *
   * @param mode {@link #GREEDY} or {@link #SAMPLING}
   * @param level level of the problems, empty for all together
   * @param samples responses a problem
   * @param domain domain of the problems, empty for all together
   * @param atK the figures for 1, 2, 4, … tries; empty in rows of versions that lacked them
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
      double seconds,
      Optional<String> domain,
      List<AtK> atK) {

    public Result {
      atK = List.copyOf(atK);
    }

    /** Whether the row is over all problems of the evaluation. */
    public boolean overall() {
      return level.isEmpty() && domain.isEmpty();
    }

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
          seconds,
          domain.orElse(null),
          atK.isEmpty() ? null : atK.stream().map(AtK::toRow).toList());
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
          Cells.orEmpty(row, LEVEL),
          row.getAs(PROBLEMS),
          row.getAs(SAMPLES),
          row.getAs(PASS_AT_1),
          row.getAs(CI_LOW),
          row.getAs(CI_HIGH),
          row.getAs(MEAN_TOKENS),
          row.getAs(SECONDS),
          Optional.ofNullable(row.getAs(DOMAIN)),
          Cells.<Row>list(row, AT_K).stream().map(AtK::from).toList());
    }
  }
}
