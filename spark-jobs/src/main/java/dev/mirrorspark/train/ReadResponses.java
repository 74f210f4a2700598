package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.policy.WeightSource;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.Trajectories;
import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What a policy makes of sampled responses, as rows. */
public final class ReadResponses {
  /** The log-probs of a response. */
  public static final String LOGPROBS = Trajectories.LOGPROBS;

  private static final StructType READ =
      new StructType()
          .add(Trajectories.PROMPT_ID, DataTypes.StringType, false)
          .add(Trajectories.SAMPLE, DataTypes.IntegerType, false)
          .add(LOGPROBS, DataTypes.createArrayType(DataTypes.FloatType), false);

  private static final StructType SCORES =
      new StructType()
          .add(TokenScores.ITERATION, DataTypes.IntegerType, false)
          .add(TokenScores.BORN, DataTypes.IntegerType, false)
          .add(TokenScores.PROMPT_ID, DataTypes.StringType, false)
          .add(TokenScores.SAMPLE, DataTypes.IntegerType, false)
          .add(TokenScores.TRAINER_LOGPROBS, DataTypes.createArrayType(DataTypes.FloatType), false)
          .add(TokenScores.ENTROPIES, DataTypes.createArrayType(DataTypes.FloatType), false);

  private ReadResponses() {}

  /**
   * Columns {@code prompt_id}, {@code sample}, {@code logprobs}, computed anew by every action.
   *
   * @param responses rows of {@code trajectories} of one iteration, one for each response
   * @param policy whose log-probs
   * @param temperature divides the logits
   * @throws dev.mirrorspark.config.UserError in the action, for a response that is too long for it
   */
  public static Dataset<Row> of(
      Dataset<Row> responses, RunConfig config, WeightSource policy, double temperature) {
    var reading = new SequenceLogprobs(policy, config.model(), config.update(), temperature);
    var rows =
        reading
            .of(TrainedResponses.whole(responses))
            .map(
                read -> {
                  int mark = read.key().lastIndexOf('#');
                  return RowFactory.create(
                      read.key().substring(0, mark),
                      Integer.valueOf(read.key().substring(mark + 1)),
                      read.logprobs());
                });
    return responses.sparkSession().createDataFrame(rows, READ);
  }

  /**
   * Rows of table {@code token_scores} but for the run, computed anew by every action.
   *
   * @param segments rows of {@code trajectories}: all segments up to the iteration of the responses
   *     that have one of it
   * @param policy that sampled the segments of the iteration
   * @param temperature at which it did
   * @throws dev.mirrorspark.config.UserError in the action, for a response that is too long for it
   */
  public static Dataset<Row> scores(
      Dataset<Row> segments,
      RunConfig config,
      int iteration,
      WeightSource policy,
      double temperature) {
    var reading = new SequenceLogprobs(policy, config.model(), config.update(), temperature, true);
    var samples = TrainedResponses.upTo(segments, iteration, config.update().ranks());
    var rows = reading.of(samples).map(read -> scores(read, iteration));
    return segments.sparkSession().createDataFrame(rows, SCORES);
  }

  private static Row scores(SequenceLogprobs.Read read, int iteration) {
    String key = read.key();
    int sample = key.lastIndexOf('#');
    int born = key.lastIndexOf('@', sample);
    int from = read.currentFrom();
    return RowFactory.create(
        iteration,
        Integer.valueOf(key.substring(born + 1, sample)),
        key.substring(0, born),
        Integer.valueOf(key.substring(sample + 1)),
        Arrays.copyOfRange(read.logprobs(), from, read.logprobs().length),
        Arrays.copyOfRange(read.entropies(), from, read.entropies().length));
  }
}
