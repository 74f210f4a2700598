package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/** A few responses of an iteration as they stand in the tables: the same at every call. */
public final class SampleResponses {
  private static final String[] KEY = {Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE};
  private static final List<String> VERDICTS =
      List.of(Rewards.CORRECT, Rewards.WRONG, Rewards.ERROR);
  private static final String PROBLEM = "problem";
  private static final String WHOLE = "whole";

  private SampleResponses() {}

  /**
   * One of them.
   *
   * @param problem its text; empty where table prompts has it no more
   * @param text of all its segments
   * @param reward empty where the verifier failed
   * @param picture what the problem shows, where it was asked for
   */
  public record SampleResponse(
      int iteration,
      String promptId,
      int sample,
      String problem,
      String answer,
      String text,
      long tokens,
      String verdict,
      String detail,
      Optional<Double> reward,
      Optional<Shown> picture) {

    SampleResponse with(Optional<Shown> other) {
      return new SampleResponse(
          iteration, promptId, sample, problem, answer, text, tokens, verdict, detail, reward,
          other);
    }
  }

  /**
   * The picture of a problem.
   *
   * @param type {@code png}, {@code jpeg} or {@code webp}
   * @param width columns of pixels
   * @param height rows of pixels
   * @param bytes size of its file
   * @param base64 its file; empty where it is larger than {@link #MOST_BYTES}
   */
  public record Shown(String type, int width, int height, long bytes, String base64)
      implements Serializable {
    /** Size of the largest file that is read. */
    public static final int MOST_BYTES = 512 << 10;
  }

  /**
   * The first responses of each verdict, by prompt and sample, with the pictures of their problems.
   *
   * @param each how many of a verdict at most
   */
  public static List<SampleResponse> of(Warehouse warehouse, String run, int iteration, int each) {
    List<SampleResponse> found = new ArrayList<>();
    for (String verdict : VERDICTS) {
      var chosen =
          scored(warehouse, run, iteration)
              .where(col(Rewards.VERDICT).equalTo(verdict))
              .orderBy(Rewards.PROMPT_ID, Rewards.SAMPLE, Rewards.BORN)
              .limit(each);
      found.addAll(whole(warehouse, run, iteration, chosen));
    }
    var pictures = pictures(warehouse, found.stream().map(SampleResponse::promptId).toList());
    return found.stream()
        .map(one -> one.with(Optional.ofNullable(pictures.get(one.promptId()))))
        .toList();
  }

  private static Map<String, Shown> pictures(Warehouse warehouse, List<String> promptIds) {
    return warehouse
        .read(Prompts.TABLE)
        .where(col(Prompts.PROMPT_ID).isin(promptIds.toArray()))
        .where(col(Prompts.IMAGE).isNotNull())
        .dropDuplicates(Prompts.PROMPT_ID)
        .select(
            Prompts.PROMPT_ID,
            Prompts.IMAGE_TYPE,
            Prompts.IMAGE_WIDTH,
            Prompts.IMAGE_HEIGHT,
            Prompts.IMAGE)
        .javaRDD() // the columns of RAPIDS know neither the size of bytes nor base64
        .mapToPair(row -> new Tuple2<>(row.<String>getAs(Prompts.PROMPT_ID), shown(row)))
        .collectAsMap();
  }

  private static Shown shown(Row row) {
    byte[] file = row.getAs(Prompts.IMAGE);
    return new Shown(
        row.getAs(Prompts.IMAGE_TYPE),
        row.getAs(Prompts.IMAGE_WIDTH),
        row.getAs(Prompts.IMAGE_HEIGHT),
        file.length,
        file.length <= Shown.MOST_BYTES ? Base64.getEncoder().encodeToString(file) : "");
  }

  /**
   * All responses to a problem that were scored in an iteration, by sample.
   *
   * @param promptId its beginning is enough; of several problems the responses to all
   */
  public static List<SampleResponse> ofPrompt(
      Warehouse warehouse, String run, int iteration, String promptId) {
    var chosen =
        scored(warehouse, run, iteration).where(col(Rewards.PROMPT_ID).startsWith(promptId));
    return whole(warehouse, run, iteration, chosen);
  }

  private static Dataset<Row> scored(Warehouse warehouse, String run, int iteration) {
    return warehouse
        .read(Rewards.TABLE)
        .where(col(TableSchema.RUN).equalTo(run))
        .where(col(Rewards.ITERATION).equalTo(iteration))
        .select(
            Rewards.BORN,
            Rewards.PROMPT_ID,
            Rewards.SAMPLE,
            Rewards.VERDICT,
            Rewards.DETAIL,
            Rewards.TOTAL);
  }

  /** The responses with the text of all their segments and their problems. */
  private static List<SampleResponse> whole(
      Warehouse warehouse, String run, int iteration, Dataset<Row> chosen) {
    var problems =
        warehouse
            .read(Prompts.TABLE)
            .groupBy(Prompts.PROMPT_ID) // one problem may stand in several prompt sets
            .agg(min(Prompts.TEXT_OF_PROMPT).as(PROBLEM), min(Prompts.ANSWER).as(Prompts.ANSWER));
    var texts =
        warehouse
            .read(Trajectories.TABLE)
            .where(col(TableSchema.RUN).equalTo(run))
            .where(col(Trajectories.ITERATION).leq(iteration))
            .join(chosen.select(Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE), KEY)
            .groupBy(Rewards.BORN, Rewards.PROMPT_ID, Rewards.SAMPLE)
            .agg(
                Trajectories.whole(col(Trajectories.TEXT_OF_RESPONSE), "").as(WHOLE),
                sum(Trajectories.TOKENS).as(Trajectories.TOKENS));
    return chosen
        .join(texts, KEY)
        .join(problems, new String[] {Prompts.PROMPT_ID}, "left")
        .orderBy(Rewards.PROMPT_ID, Rewards.SAMPLE, Rewards.BORN)
        .collectAsList()
        .stream()
        .map(
            row ->
                new SampleResponse(
                    iteration,
                    row.getAs(Rewards.PROMPT_ID),
                    row.getAs(Rewards.SAMPLE),
                    text(row, PROBLEM),
                    text(row, Prompts.ANSWER),
                    row.getAs(WHOLE),
                    row.getAs(Trajectories.TOKENS),
                    row.getAs(Rewards.VERDICT),
                    text(row, Rewards.DETAIL),
                    Optional.ofNullable(row.getAs(Rewards.TOTAL)),
                    Optional.empty()))
        .toList();
  }

  private static String text(Row row, String column) {
    String text = row.getAs(column);
    return text == null ? "" : text;
  }
}
