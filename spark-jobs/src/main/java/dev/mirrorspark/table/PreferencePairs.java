package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.required;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;

/**
 * Table {@code preference_pairs}: one row is a pair of responses to one problem, of which the first
 * is preferred (Kimi k1.5, 2.4).
 */
public final class PreferencePairs {
  public static final String PROMPT_ID = "prompt_id";
  public static final String CHOSEN = "chosen";
  public static final String REJECTED = "rejected";
  public static final String RULE = "rule";
  public static final String CHOSEN_TOKENS = "chosen_tokens";
  public static final String REJECTED_TOKENS = "rejected_tokens";
  public static final String REFERENCE_VERSION = "reference_version";
  public static final String CHOSEN_LOGPROBS = "chosen_logprobs";
  public static final String REJECTED_LOGPROBS = "rejected_logprobs";

  public static final TableSchema TABLE =
      new TableSchema(
          "preference_pairs",
          "One row is a pair of responses to one problem, of which the first is preferred.",
          columns(
              TableSchema.run(),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(CHOSEN, INT, "sample of the chosen response, see trajectories"),
              required(REJECTED, INT, "sample of the rejected response, see trajectories"),
              required(
                  RULE,
                  TEXT,
                  "what made the pair: longer_wrong (the rejected response is wrong and longer) or"
                      + " longer_correct (right, and train.dpo.length_ratio times as long or more)"),
              required(CHOSEN_TOKENS, INT, "tokens of the chosen response"),
              required(REJECTED_TOKENS, INT, "tokens of the rejected response"),
              required(REFERENCE_VERSION, INT, "the reference policy, see policies"),
              required(
                  CHOSEN_LOGPROBS,
                  DataTypes.createArrayType(DataTypes.FloatType),
                  "log-probability of each token of the chosen response under the reference policy"
                      + " at temperature 1, in nats"),
              required(
                  REJECTED_LOGPROBS,
                  DataTypes.createArrayType(DataTypes.FloatType),
                  "the same of the rejected response")),
          Map.of(
              "rule_known", "rule IN ('longer_wrong', 'longer_correct')",
              "chosen_is_shorter", "chosen_tokens > 0 AND chosen_tokens < rejected_tokens",
              "logprob_for_each_token",
                  "size(chosen_logprobs) = chosen_tokens AND size(rejected_logprobs) ="
                      + " rejected_tokens"),
          List.of(RUN, PROMPT_ID, CHOSEN, REJECTED),
          List.of());

  private PreferencePairs() {}
}
