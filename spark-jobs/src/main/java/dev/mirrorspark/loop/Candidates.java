package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.long2short.Candidate;
import dev.mirrorspark.reward.Verifiers;
import dev.mirrorspark.rollout.RolloutStage;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Wave;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The responses that long2short chooses from: the rollout and the scoring of an iteration 0 of the
 * run's first policy, {@code train.samples} responses to {@code train.prompts_per_iteration}
 * problems.
 *
 * @param rows of {@code trajectories}
 */
record Candidates(Dataset<Row> rows, Map<String, List<Candidate>> byPrompt) {
  private static final int ITERATION = 0;

  /**
   * The version that a method made, if it has; where it has not, whether it may.
   *
   * @throws UserError if the run has versions of other origin behind its first
   */
  static Optional<Policy> made(Session session, Method method) {
    List<Policy> versions = PolicyVersions.all(session);
    var done = versions.stream().filter(p -> p.method().equals(Optional.of(method))).findFirst();
    if (done.isEmpty() && versions.size() > 1) {
      throw new UserError(
          ("run %s has trained already; %s starts from a run's first policy: give it a run of its own"
                  + " with --set run=NAME --set model.path=%s")
              .formatted(
                  session.config().run(),
                  method.text(),
                  versions.get(versions.size() - 1).checkpoint()));
    }
    return done;
  }

  /** Samples and scores what is not there yet. */
  static Candidates of(Session session, Policy first) {
    var config = session.config();
    if (config.rollout().partial()) {
      throw new UserError(
          "rollout.budget and rollout.full_slots: must be 0 here, each response is sampled as a whole");
    }
    if (PolicyVersions.weights(session, first).shape().vision().present()) {
      throw new UserError(
          "long2short: policy %d of run %s sees pictures, which its methods do not train on yet; rl does, by rollout.max_tokens and the length penalty"
              .formatted(first.version(), config.run()));
    }
    var tables = session.warehouse();
    LongProblems.requireRoom(session);
    Verifiers.load(session.spark(), config);
    var scoring = WaveScoring.of(session);
    var sampling = WaveSampling.of(session, first);
    sampling.check();
    PolicyVersions.start(session, first);
    var wave = Wave.only(ITERATION);
    var prompts = sampling.run(wave, config.train().promptsPerIteration());
    try (var live = new LiveIteration(session, ITERATION)) {
      RolloutStage.run(
          session.spark(),
          tables,
          config,
          wave,
          PolicyVersions.source(session, first),
          prompts,
          live.rollout(wave));
    }
    FaultPoint.pass("candidates", ITERATION);
    scoring.run(wave, prompts);
    var rows = Trajectories.upTo(tables, config.run(), ITERATION, ITERATION);
    return new Candidates(rows, byPrompt(session, rows));
  }

  private static Map<String, List<Candidate>> byPrompt(Session session, Dataset<Row> rows) {
    var verdicts =
        session
            .warehouse()
            .read(Rewards.TABLE)
            .where(col(TableSchema.RUN).equalTo(session.config().run()))
            .where(col(Rewards.ITERATION).equalTo(ITERATION))
            .select(Rewards.PROMPT_ID, Rewards.SAMPLE, Rewards.VERDICT);
    Map<String, List<Candidate>> byPrompt = new TreeMap<>();
    var found =
        join(rows, verdicts)
            .select(
                Trajectories.PROMPT_ID,
                Trajectories.SAMPLE,
                Trajectories.TOKENS,
                Rewards.VERDICT,
                Trajectories.STOP_REASON)
            .orderBy(Trajectories.PROMPT_ID, Trajectories.SAMPLE)
            .collectAsList();
    for (Row row : found) {
      String prompt = row.getAs(Trajectories.PROMPT_ID);
      byPrompt
          .computeIfAbsent(prompt, id -> new ArrayList<>())
          .add(
              new Candidate(
                  prompt,
                  row.getAs(Trajectories.SAMPLE),
                  row.getAs(Trajectories.TOKENS),
                  verdict(row.getAs(Rewards.VERDICT)),
                  row.getAs(Trajectories.STOP_REASON).equals(StopReason.STOP.label())));
    }
    return byPrompt;
  }

  private static Candidate.Verdict verdict(String text) {
    return switch (text) {
      case Rewards.CORRECT -> Candidate.Verdict.CORRECT;
      case Rewards.WRONG -> Candidate.Verdict.WRONG;
      default -> Candidate.Verdict.ERROR;
    };
  }

  /** The responses of which another table has a row. */
  static Dataset<Row> join(Dataset<Row> responses, Dataset<Row> others) {
    return responses.join(
        others,
        scala.collection.JavaConverters.asScalaBuffer(
                List.of(Trajectories.PROMPT_ID, Trajectories.SAMPLE))
            .toSeq(),
        "inner");
  }

  /** Those among the responses that columns of other rows name. */
  Dataset<Row> named(Dataset<Row> by, String... columns) {
    Dataset<Row> keys = null;
    for (String column : columns) {
      var one =
          by.where(col(column).isNotNull())
              .select(col(Trajectories.PROMPT_ID), col(column).as(Trajectories.SAMPLE));
      keys = keys == null ? one : keys.union(one);
    }
    return join(rows, functions.broadcast(keys.distinct()));
  }
}
