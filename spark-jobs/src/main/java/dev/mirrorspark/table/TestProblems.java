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

/** Table {@code test_problems}: one row is one problem that test cases were to be made for. */
public final class TestProblems {
  public static final String PROBLEM = TestCases.PROBLEM;
  public static final String IDENTITY = "identity";
  public static final String OUTCOME = "outcome";
  public static final String REASON = "reason";
  public static final String CASES = "cases";
  public static final String INPUTS = "inputs";
  public static final String VALID = "valid";
  public static final String SUBMISSIONS = "submissions";
  public static final String PASSING = "passing";
  public static final String GENERATOR = "generator";
  public static final String PROMPT_ID = Prompts.PROMPT_ID;
  public static final String SECONDS = "seconds";

  public static final TableSchema TABLE =
      new TableSchema(
          "test_problems",
          "One row is one problem that test cases were to be made for.",
          columns(
              TableSchema.run(),
              required(PROBLEM, TEXT, "id of the problem in its file"),
              required(IDENTITY, TEXT, "SHA-256 of its content and of the settings"),
              required(
                  OUTCOME,
                  TEXT,
                  "kept, or what it was dropped for: special_judge, few_submissions, generator,"
                      + " cases or submissions"),
              required(REASON, TEXT, "the outcome in words"),
              required(CASES, INT, "cases that the generator was asked for"),
              required(INPUTS, INT, "different inputs that it made"),
              required(VALID, INT, "valid cases"),
              required(SUBMISSIONS, INT, "submissions that were run"),
              required(PASSING, INT, "submissions that pass all valid cases; 0 without any"),
              optional(GENERATOR, TEXT, "source of the generator; null if there is none"),
              optional(PROMPT_ID, TEXT, "the problem in prompts; null unless kept"),
              required(SECONDS, DOUBLE, "time of all runs of programs that its cases took")),
          Map.of(
              "outcome_known",
                  "outcome IN ('special_judge', 'few_submissions', 'generator', 'cases',"
                      + " 'submissions', 'kept')",
              "kept_has_prompt", "(outcome = 'kept') = (prompt_id IS NOT NULL)",
              "counts_fit",
                  "valid >= 0 AND valid <= inputs AND inputs <= cases AND passing >= 0 AND passing"
                      + " <= submissions"),
          List.of(RUN, PROBLEM),
          List.of(SECONDS));

  private TestProblems() {}
}
