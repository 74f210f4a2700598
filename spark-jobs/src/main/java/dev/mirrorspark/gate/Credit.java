package dev.mirrorspark.gate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.exp;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sqrt;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Baseline;
import dev.mirrorspark.algorithm.Distill;
import dev.mirrorspark.algorithm.Grpo;
import dev.mirrorspark.algorithm.MirrorDescent;
import dev.mirrorspark.algorithm.Rest;
import dev.mirrorspark.table.TrainingSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/**
 * {@link Algorithm#credit} as SQL, which runs on a GPU too: to the last bit on a processor, where
 * rewards are summed in the order of the samples as well.
 */
final class Credit {
  private static final String CENTRED = "centred";
  private static final String HIGHEST = "highest";

  private final Column reward;
  private final WindowSpec group =
      OfferedResponses.group()
          .orderBy(TrainingSet.SAMPLE)
          .rowsBetween(Window.unboundedPreceding(), Window.unboundedFollowing());

  private Credit(Column reward) {
    this.reward = reward;
  }

  /**
   * Rows with a column of the credit.
   *
   * @param responses has the columns of {@link OfferedResponses#group} and {@code sample}
   * @param reward null where there is none: it counts for nothing and gets no credit
   * @param name of the new column
   */
  static Dataset<Row> add(Dataset<Row> responses, Algorithm algorithm, Column reward, String name) {
    return new Credit(reward).add(responses, algorithm, name);
  }

  private Dataset<Row> add(Dataset<Row> responses, Algorithm algorithm, String name) {
    if (algorithm instanceof MirrorDescent descent) {
      return descent.baseline() == Baseline.MEAN
          ? responses.withColumn(name, reward.minus(mean()))
          : responses
              .withColumn(HIGHEST, max(reward).over(group))
              .withColumn(name, reward.minus(logZ(descent.tau())))
              .drop(HIGHEST);
    }
    if (algorithm instanceof Grpo grpo) {
      var centred = responses.withColumn(CENTRED, reward.minus(mean()));
      return grpo.normalise()
          ? centred
              .withColumn(name, col(CENTRED).divide(deviation().plus(Grpo.EPSILON)))
              .drop(CENTRED)
          : centred.withColumnRenamed(CENTRED, name);
    }
    if (algorithm instanceof Rest || algorithm instanceof Distill) {
      return responses.withColumn(name, reward.minus(mean()));
    }
    throw new IllegalArgumentException("no credit of " + algorithm + " in SQL");
  }

  /** τ · log( (1/k) · Σ exp(r/τ) ), with the highest reward taken out of the sum. */
  private Column logZ(double tau) {
    Column sum = sum(exp(reward.minus(col(HIGHEST)).divide(tau))).over(group);
    return col(HIGHEST).plus(log(sum.divide(responses())).multiply(tau));
  }

  private Column mean() {
    return sum(reward).over(group).divide(responses());
  }

  private Column responses() {
    return count(reward).over(group);
  }

  private Column deviation() {
    Column squares = sum(col(CENTRED).multiply(col(CENTRED))).over(group);
    return when(responses().lt(2), lit(0.0)).otherwise(sqrt(squares.divide(responses().minus(1))));
  }
}
