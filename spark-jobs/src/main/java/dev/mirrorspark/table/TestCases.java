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
import org.apache.spark.sql.types.DataTypes;

/** Table {@code test_cases}: one row is one test case that a generator was asked for. */
public final class TestCases {
  public static final String PROBLEM = "problem";
  public static final String NUMBER = "number";
  public static final String GENERATOR = "generator";
  public static final String INPUT = "input";
  public static final String OUTPUT = "output";
  public static final String AGREEING = "agreeing";
  public static final String SUBMISSIONS = "submissions";
  public static final String VALID = "valid";
  public static final String REASON = "reason";
  public static final String DETAIL = "detail";
  public static final String SECONDS = "seconds";

  public static final TableSchema TABLE =
      new TableSchema(
          "test_cases",
          "One row is one test case that a generator was asked for.",
          columns(
              TableSchema.run(),
              required(PROBLEM, TEXT, "id of the problem in its file"),
              required(NUMBER, INT, "number of the case, from 1; the generator reads it"),
              required(
                  GENERATOR,
                  INT,
                  "the policy's response that the generator is from, from 0; else 0"),
              optional(
                  INPUT, TEXT, "standard input; null if there is none, or a case before has it"),
              optional(
                  OUTPUT,
                  TEXT,
                  "the output that most submissions gave; null if none did, or none was run"),
              required(
                  AGREEING,
                  DataTypes.createArrayType(DataTypes.IntegerType, false),
                  "the submissions that gave it, from 0 in the order of the file"),
              required(SUBMISSIONS, INT, "number of submissions of the problem"),
              optional(VALID, BOOLEAN, "whether the case is valid; null where that was not judged"),
              optional(
                  REASON,
                  TEXT,
                  "no_input, duplicate, disagreement, sandbox or not_run; null if valid"),
              required(DETAIL, TEXT, "the reason in words; may be empty"),
              required(SECONDS, DOUBLE, "time of all runs of programs for this case")),
          Map.of(
              "valid_has_both",
                  "NOT coalesce(valid, false) OR input IS NOT NULL AND output IS NOT NULL",
              "reason_unless_valid", "coalesce(valid, false) = (reason IS NULL)",
              "reason_known",
                  "reason IS NULL OR reason IN ('no_input', 'duplicate', 'disagreement', 'sandbox',"
                      + " 'not_run')",
              "number_from_1", "number >= 1"),
          List.of(RUN, PROBLEM, NUMBER),
          List.of(SECONDS));

  private TestCases() {}
}
