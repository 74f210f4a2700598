package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.arrays_zip;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.train.ReadResponses;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.JavaConverters;

/**
 * The `tokens` command: the policy that sampled an iteration reads its segments once more, by the
 * trainer's forward pass, into table {@code token_scores}.
 */
public final class TokensRun {
  private TokensRun() {}

  /**
   * What was read.
   *
   * @param tokens their number
   * @param entropy mean, nats a token
   * @param gap mean of |log-prob of sampling − the trainer's|, nats
   * @param largestGap the largest of these
   */
  public record Result(long tokens, double entropy, double gap, double largestGap) {}

  /**
   * Reads an iteration; where that is done, only sums it up. The run may go on meanwhile.
   *
   * @throws UserError if the iteration has no response, was sampled by several policies or at
   *     several temperatures, or the weights of its policy are gone
   */
  public static Result run(Session session, int iteration) {
    RunRecord.check(session);
    var tables = session.warehouse();
    var table = TokenScores.TABLE;
    String app = "%s/%s/%d".formatted(session.config().run(), table.name(), iteration);
    if (tables.committed(table, app).isEmpty()) {
      tables.append(table, scores(session, iteration), app, 0);
    }
    return sum(session, iteration);
  }

  private static Dataset<Row> scores(Session session, int iteration) {
    var config = session.config();
    var all = ofRun(session, Trajectories.TABLE).where(col(Trajectories.ITERATION).leq(iteration));
    var current = all.where(col(Trajectories.ITERATION).equalTo(iteration));
    List<Row> sampledBy =
        current
            .groupBy(Trajectories.POLICY_VERSION, Trajectories.TEMPERATURE)
            .agg(min(Trajectories.BORN).as(Trajectories.BORN))
            .collectAsList();
    if (sampledBy.size() != 1) {
      throw new UserError(
          sampledBy.isEmpty()
              ? "run %s has sampled nothing in iteration %d; `show` lists its iterations"
                  .formatted(config.run(), iteration)
              : "table trajectories, iteration %d of run %s: several policies or temperatures sampled it; such an iteration cannot be read again"
                  .formatted(iteration, config.run()));
    }
    Row by = sampledBy.get(0);
    var policy =
        PolicyVersions.version(
            session, OptionalInt.of(by.<Integer>getAs(Trajectories.POLICY_VERSION)));
    int oldest = by.<Integer>getAs(Trajectories.BORN);
    var weights = PolicyVersions.weights(session, policy);
    return ReadResponses.scores(
            WaveScoring.withPictures(
                session, weights.shape(), all.where(col(Trajectories.ITERATION).geq(oldest))),
            config,
            iteration,
            weights,
            by.<Double>getAs(Trajectories.TEMPERATURE))
        .withColumn(TableSchema.RUN, lit(config.run()));
  }

  private static Result sum(Session session, int iteration) {
    var read =
        ofRun(session, TokenScores.TABLE)
            .where(col(TokenScores.ITERATION).equalTo(iteration))
            .join(
                ofRun(session, Trajectories.TABLE)
                    .select(
                        Trajectories.ITERATION,
                        Trajectories.BORN,
                        Trajectories.PROMPT_ID,
                        Trajectories.SAMPLE,
                        Trajectories.LOGPROBS),
                JavaConverters.asScalaBuffer(
                        List.of(
                            Trajectories.ITERATION,
                            Trajectories.BORN,
                            Trajectories.PROMPT_ID,
                            Trajectories.SAMPLE))
                    .toSeq(),
                "inner");
    var tokens =
        read.select(
                explode(
                        arrays_zip(
                            col(Trajectories.LOGPROBS),
                            col(TokenScores.TRAINER_LOGPROBS),
                            col(TokenScores.ENTROPIES)))
                    .as("token"))
            .select("token.*")
            .withColumn(
                "gap", abs(col(Trajectories.LOGPROBS).minus(col(TokenScores.TRAINER_LOGPROBS))));
    Row sums =
        tokens
            .agg(
                count(lit(1)).as("tokens"),
                avg(TokenScores.ENTROPIES).as("entropy"),
                avg("gap").as("gap"),
                max("gap").as("largest"))
            .first();
    return new Result(
        sums.<Long>getAs("tokens"),
        sums.<Double>getAs("entropy"),
        sums.<Double>getAs("gap"),
        sums.<Float>getAs("largest"));
  }

  private static Dataset<Row> ofRun(Session session, TableSchema table) {
    return session
        .warehouse()
        .read(table)
        .where(col(TableSchema.RUN).equalTo(session.config().run()));
  }
}
