package dev.mirrorspark.table;

import static dev.mirrorspark.table.TableSchema.DOUBLE;
import static dev.mirrorspark.table.TableSchema.INT;
import static dev.mirrorspark.table.TableSchema.LONG;
import static dev.mirrorspark.table.TableSchema.RUN;
import static dev.mirrorspark.table.TableSchema.TEXT;
import static dev.mirrorspark.table.TableSchema.TIMESTAMP;
import static dev.mirrorspark.table.TableSchema.columns;
import static dev.mirrorspark.table.TableSchema.required;
import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.transform;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** Table {@code trajectories}: one row is one segment of one sampled response. */
public final class Trajectories {
  public static final String ITERATION = "iteration";
  public static final String BORN = "born";
  public static final String PROMPT_ID = "prompt_id";
  public static final String SAMPLE = "sample";
  public static final String SEGMENT = "segment";
  public static final String POLICY_VERSION = "policy_version";
  public static final String PROMPT_TOKEN_IDS = "prompt_token_ids";
  public static final String TOKEN_IDS = "token_ids";
  public static final String LOGPROBS = "logprobs";
  public static final String TEXT_OF_RESPONSE = "text";
  public static final String STOP_REASON = "stop_reason";
  public static final String TEMPERATURE = "temperature";
  public static final String SEED = "seed";
  public static final String TOKENS = "tokens";
  public static final String STARTED_AT = "started_at";
  public static final String SECONDS = "seconds";

  /** The stop reason of a segment whose response goes on in the next iteration. */
  public static final String PUT_OFF = "budget";

  public static final TableSchema TABLE =
      new TableSchema(
          "trajectories",
          "One row is one segment of one sampled response.",
          columns(
              TableSchema.run(),
              required(ITERATION, INT, "iteration in which the segment was sampled"),
              required(BORN, INT, "iteration in which the response was born"),
              required(PROMPT_ID, TEXT, "the problem, see prompts"),
              required(SAMPLE, INT, "index of the response in its group, from 0"),
              required(SEGMENT, INT, "index of the segment in its response, from 0"),
              required(POLICY_VERSION, INT, "policy that sampled the segment, see policies"),
              required(PROMPT_TOKEN_IDS, DataTypes.createArrayType(INT), "token ids of the prompt"),
              required(
                  TOKEN_IDS,
                  DataTypes.createArrayType(INT),
                  "sampled token ids, the end token included"),
              required(
                  LOGPROBS,
                  DataTypes.createArrayType(DataTypes.FloatType),
                  "log-probability of each sampled token at the sampling temperature, in nats"),
              required(TEXT_OF_RESPONSE, TEXT, "the sampled tokens as text"),
              required(
                  STOP_REASON,
                  TEXT,
                  "stop: the end token came; length: the token limit was hit; repeat: it repeated"
                      + " itself; budget: it goes on in the next iteration"),
              required(TEMPERATURE, DOUBLE, "sampling temperature, 0 for greedy"),
              required(SEED, LONG, "seed of the response's random stream"),
              required(TOKENS, INT, "number of sampled tokens"),
              required(STARTED_AT, TIMESTAMP, "when decoding of the segment began"),
              required(SECONDS, DOUBLE, "seconds from its first to its last token")),
          Map.of(
              "stop_reason_known", "stop_reason IN ('stop', 'length', 'repeat', 'budget')",
              "logprob_for_each_token", "size(token_ids) = size(logprobs)",
              "tokens_counted", "tokens = size(token_ids)",
              "prompt_not_empty", "size(prompt_token_ids) > 0",
              "indices_not_negative",
                  "born >= 0 AND iteration >= born AND sample >= 0 AND segment >= 0",
              "temperature_not_negative", "temperature >= 0"),
          List.of(RUN, BORN, PROMPT_ID, SAMPLE, SEGMENT),
          List.of(STARTED_AT, SECONDS));

  private Trajectories() {}

  /** Above the number of segments of any response: all of them then have as many digits. */
  private static final int NUMBERED_FROM = 1_000_000;

  private static final int DIGITS = 7;
  private static final int LONGEST = 1 << 30;

  /**
   * What the segments of a response hold, one behind the other: an aggregate over its rows, in
   * which rows without a segment count for nothing. Strings are sorted, behind their number, since
   * that is what runs on a GPU.
   *
   * @param text of a segment
   * @param between stands between two of them
   */
  public static Column whole(Column text, String between) {
    Column number = col(SEGMENT).plus(NUMBERED_FROM).cast("string");
    Column inOrder = sort_array(collect_list(concat(number, text)));
    return array_join(transform(inOrder, part -> part.substr(DIGITS + 1, LONGEST)), between);
  }

  /** The token ids of all segments of a response, as words. */
  public static Column wholeTokens() {
    return whole(array_join(col(TOKEN_IDS).cast("array<string>"), " "), " ");
  }

  /**
   * One row of the table.
   *
   * @param promptTokenIds {@code [prompt tokens]}
   * @param tokenIds {@code [tokens]}, the end token included
   * @param logprobs {@code [tokens]}, at the sampling temperature, in nats
   * @param seconds from its first to its last token
   */
  public record Segment(
      String run,
      int iteration,
      int born,
      String promptId,
      int sample,
      int segment,
      int policyVersion,
      int[] promptTokenIds,
      int[] tokenIds,
      float[] logprobs,
      String text,
      String stopReason,
      double temperature,
      long seed,
      Instant startedAt,
      double seconds) {

    /** The row in the column order of {@link #TABLE}. */
    public Row toRow() {
      return RowFactory.create(
          run,
          iteration,
          born,
          promptId,
          sample,
          segment,
          policyVersion,
          promptTokenIds,
          tokenIds,
          logprobs,
          text,
          stopReason,
          temperature,
          seed,
          tokenIds.length,
          Timestamp.from(startedAt),
          seconds);
    }
  }

  /**
   * The segments up to an iteration of the responses that it can still be about.
   *
   * @param oldestBirth earliest iteration in which such a response can have been born
   */
  public static Dataset<Row> upTo(Warehouse warehouse, String run, int iteration, int oldestBirth) {
    return warehouse
        .read(TABLE)
        .where(functions.col(TableSchema.RUN).equalTo(run))
        .where(functions.col(ITERATION).between(oldestBirth, iteration))
        .where(functions.col(BORN).geq(oldestBirth));
  }
}
