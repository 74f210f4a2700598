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

/** Table {@code training_set}: one row is one response that was offered to the gate. */
public final class TrainingSet {
  public static final String ITERATION = "iteration";
  public static final String BORN = "born";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SAMPLE = "sample";
  public static final String KEPT = "kept";
  public static final String REJECTED_BECAUSE = "rejected_because";
  public static final String ADVANTAGE = "advantage";
  public static final String TOKENS = "tokens";

  public static final TableSchema TABLE =
      new TableSchema(
          "training_set",
          "One row is one response that was offered to the gate.",
          columns(
              TableSchema.run(),
              required(ITERATION, INT, "iteration that trains on it"),
              required(BORN, INT, "iteration in which the response was born"),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(SAMPLE, INT, "index of the response in its group, from 0"),
              required(KEPT, BOOLEAN, "whether the response trains"),
              optional(
                  REJECTED_BECAUSE,
                  TEXT,
                  "why it does not: error, stale, cut, over_long, duplicate, no_signal or not_best; null"
                      + " when kept"),
              optional(ADVANTAGE, DOUBLE, "reward minus the group's baseline; null when not kept"),
              required(TOKENS, INT, "number of sampled tokens of the response")),
          Map.of(
              "reason_for_each_rejection", "kept = (rejected_because IS NULL)",
              "advantage_when_kept", "kept = (advantage IS NOT NULL)",
              "tokens_not_negative", "tokens >= 0"),
          List.of(RUN, BORN, PROMPT_ID, SAMPLE),
          List.of());

  private TrainingSet() {}
}
