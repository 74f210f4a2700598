package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.policy.WeightSource;
import dev.mirrorspark.table.Trajectories;
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
}
