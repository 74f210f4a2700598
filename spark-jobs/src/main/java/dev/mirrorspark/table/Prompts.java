package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.DOUBLE;
import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.optional;
import static dev.mirrorspark.table.TableSchema.required;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;

/** Table {@code prompts}: one row is one problem of a prompt set. */
public final class Prompts {
  public static final String DATASET = "dataset";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SPLIT = "split";
  public static final String DOMAIN = "domain";
  public static final String LEVEL = "level";
  public static final String TEXT_OF_PROMPT = "text";
  public static final String ANSWER = "answer";
  public static final String ANSWER_TYPE = "answer_type";
  public static final String SOLUTION = "solution";
  public static final String SOURCE = "source";
  public static final String EXCLUDED_BECAUSE = "excluded_because";
  public static final String PASS_RATE = "pass_rate";

  /** Split of the problems that reinforcement learning samples from. */
  public static final String TRAIN = "train";

  /** Split of the problems that only evaluation sees. */
  public static final String HELDOUT = "heldout";

  /** Split of the worked examples of the supervised warm-up. */
  public static final String WARMUP = "warmup";

  public static final TableSchema TABLE =
      new TableSchema(
          "prompts",
          "One row is one problem of a prompt set.",
          columns(
              required(DATASET, TEXT, "name of the prompt set"),
              required(PROMPT_ID, TEXT, "hash of the problem's content"),
              required(SPLIT, TEXT, "train, heldout or warmup; disjoint by content"),
              required(DOMAIN, TEXT, "subject, such as a generator's name or algebra"),
              required(LEVEL, INT, "difficulty within the domain, 0 where unknown"),
              required(TEXT_OF_PROMPT, TEXT, "the problem as the policy reads it"),
              required(ANSWER, TEXT, "the right answer, for the verifier"),
              required(
                  ANSWER_TYPE,
                  TEXT,
                  "how answers compare: integer by value, text after trimming, decimal within a "
                      + "tolerance, expression and math as mathematics, or a verifier's own name"),
              optional(
                  SOLUTION,
                  TEXT,
                  "long chain of thought that ends with the answer; null outside warmup"),
              required(SOURCE, TEXT, "generator, or file and line, that the problem came from"),
              optional(
                  EXCLUDED_BECAUSE,
                  TEXT,
                  "why curate shut the problem out: no stage uses it; null where it is in use"),
              optional(
                  PASS_RATE,
                  DOUBLE,
                  "share of right answers when curate let a policy try it; null if untried")),
          Map.of(
              "split_known", "split IN ('train', 'heldout', 'warmup')",
              "prompt_id_present", "prompt_id <> ''",
              "level_not_negative", "level >= 0",
              "solution_only_in_warmup", "(split = 'warmup') = (solution IS NOT NULL)"),
          List.of(DATASET, PROMPT_ID),
          List.of());

  private Prompts() {}

  /**
   * What it takes to pose a problem and to judge the answer.
   *
   * @param text the problem as the policy reads it
   * @param answer the right answer
   * @param answerType how answers compare
   */
  public record Question(
      String promptId, String text, String answer, String answerType, String domain, int level) {

    /** The columns that {@link #from} reads. */
    public static Column[] columns() {
      return Stream.of(PROMPT_ID, TEXT_OF_PROMPT, ANSWER, ANSWER_TYPE, DOMAIN, LEVEL)
          .map(name -> functions.col(name))
          .toArray(Column[]::new);
    }

    /** Reads a row that has these columns, among others and in any order. */
    public static Question from(Row row) {
      return new Question(
          row.getAs(PROMPT_ID),
          row.getAs(TEXT_OF_PROMPT),
          row.getAs(ANSWER),
          row.getAs(ANSWER_TYPE),
          row.getAs(DOMAIN),
          row.getAs(LEVEL));
    }
  }

  /**
   * One row of the table.
   *
   * @param solution long chain of thought that ends with the answer; empty outside {@link #WARMUP}
   * @param source generator, or file and line, that the problem came from
   */
  public record Prompt(
      String dataset,
      String promptId,
      String split,
      String domain,
      int level,
      String text,
      String answer,
      String answerType,
      Optional<String> solution,
      String source) {

    /** The row of a problem in use and untried, in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          dataset,
          promptId,
          split,
          domain,
          level,
          text,
          answer,
          answerType,
          solution.orElse(null),
          source,
          null,
          null);
    }
  }
}
