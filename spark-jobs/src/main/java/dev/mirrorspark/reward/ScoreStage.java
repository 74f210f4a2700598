package dev.mirrorspark.reward;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.sum;
import static scala.collection.JavaConverters.asScalaBuffer;

import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.table.CompleteGroups;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.table.Wave;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The score stage: verifiers judge an iteration's finished responses in CPU tasks, and table {@code
 * rewards} receives the verdicts and what is added to them: the {@link LengthReward} (Kimi k1.5,
 * 2.3.3) and the penalty for repetition (2.6.2), each in a column of its own.
 */
public final class ScoreStage {
  /** What the responses of a group have in common. */
  private record Group(int born, String prompt) {}

  /** Who judges responses: the verifiers, or a reward model that has scored their rows. */
  private interface Judges extends Serializable {
    List<Judged> judge(List<Row> rows, List<Attempt> attempts);

    static Judges of(Verifiers verifiers) {
      return (rows, attempts) -> verifiers.judge(attempts);
    }

    static Judges of(ModelJudge model) {
      return (rows, attempts) -> rows.stream().map(model::judge).toList();
    }
  }

  /** Sets the audit's choice apart from seeds of responses. */
  private static final long AUDIT_SEED = 0x61756469;

  private ScoreStage() {}

  /**
   * Scores a wave's responses; where they are scored already, does nothing.
   *
   * @param prompts the wave's prompts, with the columns of {@code prompts}
   */
  public static void run(
      SparkSession spark, Warehouse warehouse, RunConfig config, Wave wave, List<Row> prompts) {
    run(spark, warehouse, config, wave, prompts, Optional.empty());
  }

  /**
   * As above, with a reward model in the verifiers' place.
   *
   * @param model judges the responses that ended by themselves; empty: the verifiers judge
   */
  public static void run(
      SparkSession spark,
      Warehouse warehouse,
      RunConfig config,
      Wave wave,
      List<Row> prompts,
      Optional<ModelScores> model) {
    String app = config.run() + "/score";
    if (wave.isIn(warehouse, Rewards.TABLE, app)) {
      return;
    }
    int iteration = wave.iteration();
    Map<String, Reference> byPrompt = references(warehouse, config, wave, prompts);
    var verifiers = Verifiers.load(spark, config);
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(byPrompt);
    try {
      var finished = finished(warehouse, config, wave, tasks(spark, config));
      var responses =
          model
              .map(scores -> ModelJudge.scored(finished, scores, warehouse, config))
              .orElse(finished);
      Judges judges =
          model
              .map(scores -> Judges.of(ModelJudge.of(scores, config.reward())))
              .orElse(Judges.of(verifiers));
      var rows =
          responses.javaRDD().mapPartitions(judge(config, iteration, spread, judges, verifiers));
      warehouse.append(
          Rewards.TABLE, spark.createDataFrame(rows, Rewards.TABLE.columns()), app, wave.version());
    } finally {
      spread.destroy();
    }
  }

  /** Responses take unequal time to judge: with two tasks for each core, few cores wait. */
  private static int tasks(SparkSession spark, RunConfig config) {
    int asked = config.reward().partitions();
    return asked > 0 ? asked : 2 * spark.sparkContext().defaultParallelism();
  }

  /** The problems of the responses that a wave can finish. */
  private static Map<String, Reference> references(
      Warehouse warehouse, RunConfig config, Wave wave, List<Row> sampled) {
    List<Row> prompts = sampled;
    // Responses born earlier are about other problems; a later wave that was cut off after its
    // rollout is not sampled again.
    if (config.rollout().partial() || !wave.first()) {
      prompts =
          warehouse
              .read(Prompts.TABLE)
              .where(col(Prompts.DATASET).equalTo(config.prompts().dataset()))
              .join(
                  segments(warehouse, config, wave).select(Trajectories.PROMPT_ID).distinct(),
                  asScalaBuffer(List.of(Prompts.PROMPT_ID)).toSeq(),
                  "left_semi")
              .drop(Prompts.IMAGE)
              .collectAsList();
    }
    Map<String, Reference> byPrompt = new HashMap<>();
    for (Row prompt : prompts) {
      var asked = Prompts.Question.from(prompt);
      byPrompt.put(
          asked.promptId(),
          new Reference(
              asked.promptId(), asked.domain(), asked.text(), asked.answer(), asked.answerType()));
    }
    return byPrompt;
  }

  private static Dataset<Row> segments(Warehouse warehouse, RunConfig config, Wave wave) {
    int oldest = config.rollout().oldestBirth(wave.iteration());
    var segments = Trajectories.upTo(warehouse, config.run(), wave.iteration(), oldest);
    return wave.without(warehouse, Rewards.TABLE, config, segments);
  }

  /**
   * Birth, prompt, sample, whole text, stop reason and tokens of each finished response of the
   * groups that are complete with the wave, its segments in order; the one shuffle brings together
   * those of a group.
   */
  private static Dataset<Row> finished(
      Warehouse warehouse, RunConfig config, Wave wave, int tasks) {
    var segment = col(Trajectories.SEGMENT);
    var stopReason = col(Trajectories.STOP_REASON);
    var responses =
        segments(warehouse, config, wave)
            .repartition(tasks, col(Trajectories.PROMPT_ID))
            .groupBy(Trajectories.BORN, Trajectories.PROMPT_ID, Trajectories.SAMPLE)
            .agg(
                Trajectories.whole(col(Trajectories.TEXT_OF_RESPONSE), "")
                    .as(Trajectories.TEXT_OF_RESPONSE),
                max_by(stopReason, segment).as(Trajectories.STOP_REASON),
                sum(Trajectories.TOKENS).cast("int").as(Trajectories.TOKENS),
                max(Trajectories.ITERATION).as(CompleteGroups.LAST));
    return config.rollout().partial()
        ? CompleteGroups.of(responses, wave.iteration(), config.rollout().maxAge())
            .where(stopReason.notEqual(Trajectories.PUT_OFF))
        : responses;
  }

  private static FlatMapFunction<Iterator<Row>, Row> judge(
      RunConfig config,
      int iteration,
      Broadcast<Map<String, Reference>> prompts,
      Judges judges,
      Verifiers verifiers) {
    var audit = config.reward().audit();
    return rows -> {
      List<Member> responses = new ArrayList<>();
      List<Row> scored = new ArrayList<>();
      while (rows.hasNext()) {
        Row row = rows.next();
        var group = new Group(row.getAs(Trajectories.BORN), row.getAs(Trajectories.PROMPT_ID));
        Reference reference = prompts.value().get(group.prompt());
        if (reference == null) {
          throw new UserError(
              "run %s, iteration %d: table prompts has changed since the rollout, prompt %s is not"
                      .formatted(config.run(), iteration, group.prompt())
                  + " sampled any more; restore the table to its version before, then start again");
        }
        var stopReason = StopReason.labelled(row.getAs(Trajectories.STOP_REASON));
        var attempt =
            new Attempt(
                reference,
                row.getAs(Trajectories.SAMPLE),
                row.getAs(Trajectories.TEXT_OF_RESPONSE),
                stopReason);
        responses.add(new Member(group, attempt, row.getAs(Trajectories.TOKENS)));
        scored.add(row);
      }
      var attempts = responses.stream().map(Member::attempt).toList();
      var judged = judges.judge(scored, attempts).iterator();
      var chosen = responses.stream().filter(response -> response.isIn(audit)).toList();
      var second = verifiers.audit(chosen.stream().map(Member::attempt).toList()).iterator();
      Map<Group, List<Scored>> groups = new LinkedHashMap<>();
      for (Member member : responses) {
        Optional<Judged> audited =
            member.isIn(audit) ? Optional.of(second.next()) : Optional.empty();
        groups
            .computeIfAbsent(member.group(), key -> new ArrayList<>())
            .add(new Scored(member, judged.next(), audited));
      }
      List<Row> rewards = new ArrayList<>();
      groups.forEach((group, members) -> add(config, iteration, group, members, rewards));
      return rewards.iterator();
    };
  }

  /** A response of a group as the rollout left it. */
  private record Member(Group group, Attempt attempt, int tokens) {
    /** Whether the audit judges it too: by its hash, so that scoring again chooses the same. */
    boolean isIn(RewardConfig.Audit audit) {
      if (!audit.on()) {
        return false;
      }
      long hash = Seeds.response(AUDIT_SEED, group.born(), group.prompt(), attempt.sample());
      return Seeds.uniform(hash, 0) < audit.share();
    }
  }

  /** The same after its judgement. */
  private record Scored(Member member, Judged judged, Optional<Judged> audited) {
    Outcome outcome() {
      return judged.verdict().outcome();
    }

    int tokens() {
      return member.tokens();
    }
  }

  private static void add(
      RunConfig config, int iteration, Group group, List<Scored> members, List<Row> rewards) {
    List<RewardTerms> terms =
        RewardTerms.of(
            config.reward(),
            iteration,
            members.stream().map(Scored::outcome).toList(),
            members.stream().mapToInt(Scored::tokens).toArray(),
            members.stream().map(scored -> scored.member().attempt().stopReason()).toList());
    for (int i = 0; i < members.size(); i++) {
      RewardTerms added = terms.get(i);
      rewards.add(
          row(config.run(), iteration, group, members.get(i), added.length(), added.repeat()));
    }
  }

  private static Row row(
      String run, int iteration, Group group, Scored scored, double lengthTerm, double repeatTerm) {
    var verdict = scored.judged().verdict();
    return new Rewards.Reward(
            run,
            iteration,
            group.born(),
            group.prompt(),
            scored.member().attempt().sample(),
            verdict.outcome().label(),
            scored.judged().verifier(),
            verdict.detail(),
            verdict.reward(),
            lengthTerm,
            repeatTerm,
            verdict.cause().map(Verdict.Cause::label),
            scored.audited().map(second -> second.verdict().outcome().label()),
            scored.audited().map(Judged::verifier))
        .toRow();
  }
}
