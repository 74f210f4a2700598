package dev.mirrorspark.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;

import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

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
      Optional<Double> reward) {}

  /**
   * The first responses of each verdict, by prompt and sample.
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
    return found;
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
                    Optional.ofNullable(row.getAs(Rewards.TOTAL))))
        .toList();
  }

  private static String text(Row row, String column) {
    String text = row.getAs(column);
    return text == null ? "" : text;
  }
}
