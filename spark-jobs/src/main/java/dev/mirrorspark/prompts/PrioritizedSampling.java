package dev.mirrorspark.prompts;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.table.Prompts;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Prioritized sampling: problems are drawn with probability proportional to 1 − s_i, those that the
 * policy fails more often than those that it solves (Kimi k1.5, 2.3.4).
 *
 * <p>The draw is without replacement and needs no random state (Efraimidis and Spirakis, 2006): the
 * problems with the least keys −ln(u) / w are taken, w the weight and u the hash of seed, iteration
 * and {@code prompt_id} as a number in (0, 1]. A problem of weight 0 comes after all others.
 */
final class PrioritizedSampling {
  private static final int HASH_BITS_TAKEN = 53;

  /** Keeps these hashes apart from those that the uniform order is made of. */
  private static final String SALT = "prioritized";

  private PrioritizedSampling() {}

  /** Whether the run samples so, among all problems or among those of a curriculum. */
  static boolean chosen(RunConfig.Sampling sampling) {
    return sampling.strategy().equals("prioritized") || sampling.strategy().equals("mixed");
  }

  /**
   * The problems of an iteration in the order they are drawn, without their rates.
   *
   * @param problems has columns {@code prompt_id} and {@link SuccessRates#RATE}
   * @param count how many, or all where there are fewer
   */
  static Dataset<Row> draw(Dataset<Row> problems, long seed, int iteration, int count) {
    return problems
        .orderBy(order(weight(), seed, lit(iteration)))
        .drop(SuccessRates.RATE)
        .limit(count);
  }

  /** 1 − s_i. */
  static Column weight() {
    return lit(1.0).minus(col(SuccessRates.RATE));
  }

  /** What problems are to be ordered by so that the first ones are the draw. */
  static Column[] order(Column weight, long seed, Column iteration) {
    var hash = xxhash64(lit(seed), lit(SALT), iteration, col(Prompts.PROMPT_ID));
    var u =
        shiftrightunsigned(hash, Long.SIZE - HASH_BITS_TAKEN)
            .plus(1)
            .cast("double")
            .multiply(Math.scalb(1.0, -HASH_BITS_TAKEN));
    var exponential = lit(0.0).minus(log(u));
    var drawable = weight.gt(0);
    return new Column[] {
      drawable.desc(),
      when(drawable, exponential.divide(weight)).otherwise(exponential),
      col(Prompts.PROMPT_ID)
    };
  }
}
