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

/**
 * Table {@code shortest_responses}: one row is what shortest rejection sampling took of the
 * responses to one problem (Kimi k1.5, 2.4).
 */
public final class ShortestResponses {
  public static final String PROMPT_ID = "prompt_id";
  public static final String RESPONSES = "responses";
  public static final String CORRECT = "correct";
  public static final String ERRORS = "errors";
  public static final String MEAN_TOKENS = "mean_tokens";
  public static final String CHOSEN = "chosen";
  public static final String CHOSEN_TOKENS = "chosen_tokens";

  public static final TableSchema TABLE =
      new TableSchema(
          "shortest_responses",
          "One row is what shortest rejection sampling took of the responses to one problem.",
          columns(
              TableSchema.run(),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(RESPONSES, INT, "responses that were sampled"),
              required(CORRECT, INT, "how many of them are right"),
              required(ERRORS, INT, "how many of them could not be judged"),
              required(MEAN_TOKENS, DOUBLE, "mean tokens of all of them"),
              optional(
                  CHOSEN,
                  INT,
                  "sample of the shortest right one that came to its end; null if there is none"),
              optional(CHOSEN_TOKENS, INT, "its tokens; null if there is none")),
          Map.of(
              "counts_fit", "responses > 0 AND correct >= 0 AND correct + errors <= responses",
              "chosen_is_correct", "chosen IS NULL OR correct > 0",
              "chosen_has_tokens", "(chosen IS NULL) = (chosen_tokens IS NULL)"),
          List.of(RUN, PROMPT_ID),
          List.of());

  private ShortestResponses() {}
}
