package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import dev.mirrorspark.vision.PictureFile;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The sample stage: which training problems an iteration works on (Kimi k1.5, 2.3.4).
 *
 * <p>{@code uniform}: without replacement within an epoch. Every epoch has its own order of the
 * training problems, by a hash of seed, epoch and {@code prompt_id}, and each iteration takes the
 * next ones. An epoch ends where too few are left for an iteration, so that no iteration meets a
 * problem twice; which ones are left over changes with the epoch.
 *
 * <p>{@code curriculum}: the same, among those that {@link Curriculum} admits. {@code prioritized}:
 * drawn by {@link PrioritizedSampling}. {@code mixed}: drawn so, among those that are admitted.
 *
 * <p>What comes out depends on {@code prompts}, on the run's {@code rewards} of earlier iterations,
 * on the seed and the iteration, so that a stage that runs again gives the same.
 */
public final class PromptSampling {
  /** Columns of a sampled problem: those of the table but for the solution. */
  private static final StructType SAMPLED =
      new StructType(
          Arrays.stream(Prompts.TABLE.columns().fields())
              .filter(field -> !field.name().equals(Prompts.SOLUTION))
              .toArray(StructField[]::new));

  private PromptSampling() {}

  /**
   * Looks whether there is enough to sample from.
   *
   * @throws UserError if the run's data set has fewer training problems than an iteration needs
   */
  public static void check(Warehouse warehouse, RunConfig config) {
    check(warehouse, config, Set.of());
  }

  /** As above, where some problems are not sampled. */
  public static void check(Warehouse warehouse, RunConfig config, Set<String> shutOut) {
    String dataset = config.prompts().dataset();
    size(
        train(without(warehouse.read(Prompts.TABLE), shutOut), dataset),
        dataset,
        config.train().promptsPerIteration() * config.sampling().waves());
  }

  /**
   * The problems of a wave of a run in a fixed order, with the columns of {@code prompts} but for
   * the solution.
   *
   * @param lacking how many problems a wave after the first takes
   * @throws UserError if the run's data set has fewer training problems than an iteration needs
   */
  public static List<Row> sample(Warehouse warehouse, RunConfig config, Wave wave, int lacking) {
    return sample(warehouse, config, wave, lacking, Set.of());
  }

  /**
   * As above, where some problems are not sampled.
   *
   * @param shutOut their prompt_ids
   */
  public static List<Row> sample(
      Warehouse warehouse, RunConfig config, Wave wave, int lacking, Set<String> shutOut) {
    // Pictures come when it is known which: they would be sorted with their problems.
    var prompts =
        without(warehouse.read(Prompts.TABLE), shutOut).drop(Prompts.SOLUTION, Prompts.IMAGE);
    return withPictures(
        warehouse,
        config.prompts().dataset(),
        sample(prompts, warehouse, config, wave, lacking).collectAsList());
  }

  private static Dataset<Row> sample(
      Dataset<Row> prompts, Warehouse warehouse, RunConfig config, Wave wave, int lacking) {
    int iteration = wave.iteration();
    var sampling = config.sampling();
    if (!wave.first()) {
      var left =
          wave.without(
              warehouse,
              Trajectories.TABLE,
              config,
              admitted(
                  prompts,
                  warehouse.read(Rewards.TABLE),
                  config,
                  iteration,
                  admittedProblems(prompts, config, iteration)));
      return more(left, config, wave, lacking);
    }
    if (PrioritizedSampling.chosen(sampling) || !Curriculum.admission(sampling, iteration).all()) {
      return sample(prompts, warehouse.read(Rewards.TABLE), config, iteration);
    }
    int count = config.train().promptsPerIteration();
    return sample(prompts, config.prompts().dataset(), config.seed(), iteration, count);
  }

  /** The rows with column {@code image} in its place, null where there is no picture. */
  private static List<Row> withPictures(Warehouse warehouse, String dataset, List<Row> rows) {
    var shown =
        rows.stream()
            .filter(row -> row.getAs(Prompts.IMAGE_TYPE) != null)
            .map(row -> row.<String>getAs(Prompts.PROMPT_ID))
            .toList();
    Map<String, PictureFile> pictures = Prompts.pictures(warehouse, dataset, shown);
    return rows.stream()
        .<Row>map(
            row -> {
              var picture = pictures.get(row.<String>getAs(Prompts.PROMPT_ID));
              byte[] file = picture == null ? null : picture.file();
              var cells =
                  Arrays.stream(SAMPLED.fieldNames())
                      .map(name -> name.equals(Prompts.IMAGE) ? file : row.<Object>getAs(name))
                      .toArray();
              return new GenericRowWithSchema(cells, SAMPLED);
            })
        .toList();
  }

  private static Dataset<Row> sample(
      Dataset<Row> prompts, Dataset<Row> rewards, RunConfig config, int iteration) {
    var sampling = config.sampling();
    long seed = config.seed();
    int count = config.train().promptsPerIteration();
    int size = admittedProblems(prompts, config, iteration);
    var problems = admitted(prompts, rewards, config, iteration, size);
    if (PrioritizedSampling.chosen(sampling)) {
      return PrioritizedSampling.draw(problems, seed, iteration, count);
    }
    // A set that grows is drawn from afresh: each iteration is an epoch.
    boolean grows = Curriculum.admission(sampling, iteration).end() == Curriculum.End.EASIEST;
    long epoch = grows ? count : size;
    return inEpochs(problems.drop(SuccessRates.RATE), epoch, seed, iteration, count);
  }

  /** Problems that a later wave of an iteration takes. */
  private static Dataset<Row> more(Dataset<Row> problems, RunConfig config, Wave wave, int count) {
    long seed = config.seed();
    if (PrioritizedSampling.chosen(config.sampling())) {
      return PrioritizedSampling.draw(problems, seed, wave.iteration(), count); // goes on with it
    }
    var order =
        functions.xxhash64(
            functions.lit(seed),
            functions.lit("wave"),
            functions.lit(wave.iteration()),
            functions.col(Prompts.PROMPT_ID));
    return problems
        .drop(SuccessRates.RATE)
        .orderBy(order, functions.col(Prompts.PROMPT_ID))
        .limit(count);
  }

  /** The problems that an iteration may sample, with their success rates where it needs them. */
  private static Dataset<Row> admitted(
      Dataset<Row> prompts, Dataset<Row> rewards, RunConfig config, int iteration, int size) {
    var sampling = config.sampling();
    var admission = Curriculum.admission(sampling, iteration);
    var problems = train(prompts, config.prompts().dataset());
    if (PrioritizedSampling.chosen(sampling) || Curriculum.measured(sampling)) {
      problems = SuccessRates.join(problems, rewards, config.run(), iteration, sampling);
    }
    return admission.all()
        ? problems
        : Curriculum.admit(problems, sampling, config.seed(), admission.end(), size);
  }

  private static int admittedProblems(Dataset<Row> prompts, RunConfig config, int iteration) {
    String dataset = config.prompts().dataset();
    int needed = config.train().promptsPerIteration() * config.sampling().waves();
    long size = size(train(prompts, dataset), dataset, config.train().promptsPerIteration());
    return Curriculum.admission(config.sampling(), iteration).problems(size, needed);
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
    return inEpochs(train, size(train, dataset, count), seed, iteration, count);
  }

  /** The next ones of an epoch's order, where {@code size} problems make an epoch. */
  private static Dataset<Row> inEpochs(
      Dataset<Row> problems, long size, long seed, int iteration, int count) {
    long iterationsPerEpoch = size / count;
    long epoch = iteration / iterationsPerEpoch;
    long first = iteration % iterationsPerEpoch * count;
    return problems
        .orderBy(
            functions.xxhash64(
                functions.lit(seed), functions.lit(epoch), functions.col(Prompts.PROMPT_ID)),
            functions.col(Prompts.PROMPT_ID))
        .offset((int) first)
        .limit(count);
  }

  private static Dataset<Row> without(Dataset<Row> prompts, Set<String> shutOut) {
    return shutOut.isEmpty()
        ? prompts
        : prompts.where(
            functions.not(
                functions.col(Prompts.PROMPT_ID).isin(shutOut.stream().sorted().toArray())));
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
