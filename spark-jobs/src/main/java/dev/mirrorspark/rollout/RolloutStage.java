package dev.mirrorspark.rollout;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.DecodeJob;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.Response;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The rollout stage: the policy samples k responses to each prompt (Kimi k1.5, 2.3.2 and 2.6), and
 * table {@code trajectories} receives them in one action without a shuffle, so that no response is
 * decoded twice.
 */
public final class RolloutStage {
  private RolloutStage() {}

  /**
   * Samples a wave's responses, after those that earlier iterations put off; where they are there
   * already, does nothing.
   *
   * @param prompts the wave's prompts in their order, with the columns of {@code prompts}
   * @param progress receives the responses finished so far
   */
  public static RolloutResult run(
      SparkSession spark,
      Warehouse warehouse,
      RunConfig config,
      Wave wave,
      PolicyVersion policy,
      List<Row> prompts,
      ProgressSink progress) {
    String app = config.run() + "/rollout";
    int iteration = wave.iteration();
    if (wave.isIn(warehouse, Trajectories.TABLE, app)) {
      return wave.first() // with it come those of later waves that are there
          ? recorded(warehouse, config.run(), iteration)
          : RolloutResult.NOTHING;
    }
    long start = System.nanoTime();
    String run = config.run();
    int version = policy.version();
    var sampling = Sampling.of(config.rollout());
    double temperature = sampling.temperature();
    List<PromptRequest> requests =
        new ArrayList<>(
            PartialRollouts.unfinished(
                warehouse, config, iteration, policy.weights().shape().vision().present()));
    requests.addAll(requests(config, iteration, prompts));
    try (var servers = EngineServers.serving(config.rollout().engine(), run, policy);
        var job =
            new DecodeJob(spark, config, policy, sampling, requests, progress, servers.model())) {
      var rows =
          job.responses().map(response -> row(run, iteration, version, temperature, response));
      warehouse.append(
          Trajectories.TABLE,
          spark.createDataFrame(rows, Trajectories.TABLE.columns()),
          app,
          wave.version());
      var totals = job.totals();
      double seconds = (System.nanoTime() - start) * 1e-9;
      return new RolloutResult(
          totals.responses(), totals.tokens(), seconds, totals.modelSeconds(), totals.idleSlots());
    }
  }

  /** The k samples of the first prompt, then those of the second, and so on. */
  private static List<PromptRequest> requests(RunConfig config, int iteration, List<Row> prompts) {
    List<PromptRequest> requests = new ArrayList<>();
    for (Row prompt : prompts) {
      String id = prompt.getAs(Prompts.PROMPT_ID);
      String text = prompt.getAs(Prompts.TEXT_OF_PROMPT);
      requests.addAll(
          PromptRequest.group(
              config.seed(),
              iteration,
              id,
              text,
              Prompts.picture(prompt),
              config.train().samples()));
    }
    return requests;
  }

  /** What was decoded, as a segment of its response's trajectory. */
  private static Row row(
      String run, int iteration, int version, double temperature, Response response) {
    Decoded decoded = response.decoded();
    var begun = decoded.request().begun();
    return new Trajectories.Segment(
            run,
            iteration,
            begun.segments() == 0 ? iteration : begun.born(),
            decoded.request().promptId(),
            decoded.request().sample(),
            begun.segments(),
            version,
            decoded.request().promptTokens(),
            decoded.tokens(),
            decoded.logprobs(),
            response.text(),
            decoded.stopReason().label(),
            temperature,
            decoded.request().seed(),
            response.startedAt(),
            decoded.seconds())
        .toRow();
  }

  private static RolloutResult recorded(Warehouse warehouse, String run, int iteration) {
    var start = functions.col(Trajectories.STARTED_AT).cast("double");
    var end = start.plus(functions.col(Trajectories.SECONDS));
    Row row =
        warehouse
            .read(Trajectories.TABLE)
            .where(functions.col(TableSchema.RUN).equalTo(run))
            .where(functions.col(Trajectories.ITERATION).equalTo(iteration))
            .agg(
                functions.count("*").as("segments"),
                functions
                    .coalesce(functions.sum(Trajectories.TOKENS), functions.lit(0L))
                    .as(Trajectories.TOKENS),
                functions
                    .coalesce(functions.max(end).minus(functions.min(start)), functions.lit(0.0))
                    .as(Trajectories.SECONDS))
            .first();
    double seconds = row.getAs(Trajectories.SECONDS);
    return new RolloutResult(
        row.<Long>getAs("segments").intValue(),
        row.getAs(Trajectories.TOKENS),
        seconds,
        seconds,
        Double.NaN);
  }
}
