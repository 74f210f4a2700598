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
 * Table {@code token_scores}: one row is what the trainer makes of the tokens of one segment, under
 * the policy that sampled it.
 */
public final class TokenScores {
  public static final String ITERATION = "iteration";
  public static final String BORN = "born";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SAMPLE = "sample";
  public static final String TRAINER_LOGPROBS = "trainer_logprobs";
  public static final String ENTROPIES = "entropies";

  public static final TableSchema TABLE =
      new TableSchema(
          "token_scores",
          "One row is what the trainer makes of the tokens of one segment, under the policy that"
              + " sampled it.",
          columns(
              TableSchema.run(),
              required(ITERATION, INT, "iteration in which the segment was sampled"),
              required(BORN, INT, "iteration in which the response was born"),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(SAMPLE, INT, "index of the response in its group, from 0"),
              required(
                  TRAINER_LOGPROBS,
                  DataTypes.createArrayType(DataTypes.FloatType),
                  "log-probability of each sampled token by the trainer's forward pass at the"
                      + " sampling temperature, in nats"),
              required(
                  ENTROPIES,
                  DataTypes.createArrayType(DataTypes.FloatType),
                  "entropy of the distribution that each token was drawn from, before any"
                      + " truncation, in nats")),
          Map.of(
              "one_of_each", "size(trainer_logprobs) = size(entropies)",
              "indices_not_negative", "born >= 0 AND iteration >= born AND sample >= 0"),
          List.of(RUN, ITERATION, BORN, PROMPT_ID, SAMPLE),
          List.of());

  private TokenScores() {}
}
