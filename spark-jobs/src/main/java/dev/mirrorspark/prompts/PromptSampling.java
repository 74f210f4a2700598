package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The sample stage: which training problems an iteration works on.
 *
 * <p>Uniform without replacement within an epoch: every epoch has its own order of the training
 * problems, by a hash of seed, epoch and {@code prompt_id}, and each iteration takes the next ones.
 * An epoch ends where too few are left for an iteration, so that no iteration meets a problem
 * twice; which ones are left over changes with the epoch.
 */
public final class PromptSampling {
  private PromptSampling() {}

  /**
   * Looks whether there is enough to sample from.
   *
   * @throws UserError if the run's data set has fewer training problems than an iteration needs
   */
  public static void check(Warehouse warehouse, RunConfig config) {
    String dataset = config.prompts().dataset();
    size(
        train(warehouse.read(Prompts.TABLE), dataset),
        dataset,
        config.train().promptsPerIteration());
  }

  /**
   * The problems of an iteration of a run in a fixed order, with the columns of {@code prompts} but
   * for the solution.
   *
   * @throws UserError if the run's data set has fewer training problems than an iteration needs
   */
  public static List<Row> sample(Warehouse warehouse, RunConfig config, int iteration) {
    var prompts = warehouse.read(Prompts.TABLE).drop(Prompts.SOLUTION);
    int count = config.train().promptsPerIteration();
    return sample(prompts, config.prompts().dataset(), config.seed(), iteration, count)
        .collectAsList();
  }

  /**
   * The problems of an iteration in a fixed order, with the columns of {@code prompts}.
   *
   * @param iteration index of the iteration, from 0
   * @param count problems in every iteration
   * @throws UserError if the data set has fewer training problems than {@code count}
   */
  public static Dataset<Row> sample(
      Dataset<Row> prompts, String dataset, long seed, int iteration, int count) {
    var train = train(prompts, dataset);
    long size = size(train, dataset, count);
    long iterationsPerEpoch = size / count;
    long epoch = iteration / iterationsPerEpoch;
    long first = iteration % iterationsPerEpoch * count;
    return train
        .orderBy(
            functions.xxhash64(
                functions.lit(seed), functions.lit(epoch), functions.col(Prompts.PROMPT_ID)),
            functions.col(Prompts.PROMPT_ID))
        .offset((int) first)
        .limit(count);
  }

  private static Dataset<Row> train(Dataset<Row> prompts, String dataset) {
    return prompts
        .where(functions.col(Prompts.DATASET).equalTo(dataset))
        .where(functions.col(Prompts.SPLIT).equalTo(Prompts.TRAIN))
        .where(functions.col(Prompts.EXCLUDED_BECAUSE).isNull());
  }

  private static long size(Dataset<Row> train, String dataset, int count) {
    long size = train.count();
    if (size < count) {
      throw new UserError(
          ("prompts.dataset '%s' has %d training problems, train.prompts_per_iteration asks for"
                  + " %d: lower it or add problems")
              .formatted(dataset, size, count));
    }
    return size;
  }
}
