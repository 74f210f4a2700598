package dev.mirrorspark.eval;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.ChatConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.DecodeJob;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Response;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.decode.Truncation;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.EvalResults;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import dev.mirrorspark.vision.PictureFile;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Evaluation: how often a policy solves the problems of a split, and in how many tokens, into
 * tables {@code evals} and, response by response, {@code eval_results}. It decodes in the same
 * tasks as a rollout, with seeds of its own that are the same for every policy version.
 */
public final class EvalStage {
  /** Stands for the iteration in the seeds of an evaluation: no rollout has it. */
  private static final int NO_ITERATION = -1;

  /** A problem of the split. */
  record EvalProblem(
      String promptId,
      String text,
      String answer,
      String answerType,
      String domain,
      int level,
      PictureFile picture)
      implements Serializable {
    /** A problem of text alone. */
    EvalProblem(
        String promptId, String text, String answer, String answerType, String domain, int level) {
      this(promptId, text, answer, answerType, domain, level, PictureFile.NONE);
    }

    static EvalProblem of(Prompts.Question asked) {
      return new EvalProblem(
          asked.promptId(),
          asked.text(),
          asked.answer(),
          asked.answerType(),
          asked.domain(),
          asked.level(),
          asked.picture());
    }

    /** What it takes to judge an answer. */
    EvalProblem unseen() {
      return new EvalProblem(promptId, text, answer, answerType, domain, level);
    }

    Reference reference() {
      return new Reference(promptId, domain, text, answer, answerType);
    }
  }

  /**
   * What is kept of a response.
   *
   * @param sample index of the response to its problem, from 0
   * @param judged whether it could be judged; if not, {@code correct} says nothing
   * @param answer the final answer it states, empty text if none
   */
  record Scored(
      String promptId, int sample, boolean judged, boolean correct, int tokens, String answer)
      implements Serializable {}

  /**
   * The same with what its program votes by.
   *
   * @param response its text where it votes by what its program does, else empty
   */
  private record Answered(Scored scored, StopReason stopReason, String response)
      implements Serializable {
    boolean votes() {
      return scored.judged() && !response.isEmpty() && scored.answer().isEmpty();
    }

    Scored voting(Optional<String> vote) {
      return new Scored(
          scored.promptId(),
          scored.sample(),
          scored.judged(),
          scored.correct(),
          scored.tokens(),
          vote.orElse(""));
    }
  }

  private EvalStage() {}

  /**
   * Evaluates a policy version on {@code eval.problems} problems of {@code eval.split}; where that
   * is in both tables already, returns it.
   *
   * @throws UserError if the split has no problem, or not one response can be judged
   */
  public static EvalResult run(
      SparkSession spark,
      Warehouse warehouse,
      RunConfig config,
      PolicyVersion policy,
      EvalMode mode,
      AnswerCheck check,
      ProgramVoting voting,
      ProgressSink progress) {
    List<EvalProblem> problems = problems(warehouse, config);
    int samples = mode == EvalMode.GREEDY ? 1 : config.eval().samples();
    double temperature = mode == EvalMode.GREEDY ? 0 : config.rollout().temperature();
    var name =
        new EvalSummary.Name(
            config.run(),
            policy.version(),
            config.prompts().dataset(),
            config.eval().split(),
            mode.label(),
            temperature,
            samples);
    boolean code =
        problems.stream().anyMatch(one -> voting.answerTypes().contains(one.answerType()));
    boolean voted = code && samples > 1 && voting.inputs() > 0;
    // An id of its own for each evaluation: an older policy may be evaluated after a newer one.
    String app =
        name.app(problems.size())
            + chat(config)
            + sampling(config.rollout())
            + (voted ? "/votes on %d".formatted(voting.inputs()) : "");
    if (isIn(warehouse, app)) {
      return recorded(warehouse, name, problems);
    }
    if (policy.version() == 0) { // of a run without policies it is whatever model.path names
      app += "/" + policy.weights().key().replaceFirst("^.*@", "");
      if (isIn(warehouse, app)) {
        return recorded(warehouse, name, problems);
      }
      if (rows(warehouse, name).stream().anyMatch(row -> row.problems() == problems.size())) {
        throw new UserError(
            ("run %s: a policy 0 of other weights than %s, or with another model.chat or"
                    + " eval.vote_inputs, has been evaluated; give this one a name"
                    + " of its own with --set run=NAME")
                .formatted(config.run(), policy.weights().key()));
      }
    }
    boolean summed = warehouse.committed(Evals.TABLE, app).isPresent();
    boolean answered = warehouse.committed(EvalResults.TABLE, app).isPresent();
    if (!summed && rows(warehouse, name).stream().anyMatch(row -> row.problems() == problems.size())
        || !answered && hasResponses(warehouse, name, problems.size())) {
      throw new UserError(
          ("model.chat, eval.vote_inputs, rollout.top_k, top_p, min_p, min_tokens, stop, stop_ids: run"
                  + " %s has evaluated policy %d on these problems with another value of one of"
                  + " them; restore it, or give this evaluation a name of its own with --set"
                  + " run=NAME")
              .formatted(config.run(), policy.version()));
    }
    long start = System.nanoTime();
    var sampling = Sampling.of(config.rollout()).ended(temperature);
    List<PromptRequest> requests = requests(config.seed(), problems, samples);
    Map<String, EvalProblem> byId = new HashMap<>();
    problems.forEach(problem -> byId.put(problem.promptId(), problem.unseen()));
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(byId);
    try (var job = new DecodeJob(spark, config, policy, sampling, requests, progress)) {
      Set<String> kept = voted ? Set.copyOf(voting.answerTypes()) : Set.of();
      List<Answered> attempted =
          job.responses()
              .mapPartitions(responses -> score(responses, spread, check, kept))
              .collect();
      job.totals();
      List<Scored> scored = withVotes(attempted, byId, voting);
      double seconds = (System.nanoTime() - start) * 1e-9;
      EvalResult result =
          EvalSummary.of(name, problems, scored, seconds, voted ? Set.of() : voting.answerTypes());
      List<Row> rows = new ArrayList<>(List.of(result.overall().toRow()));
      result.levels().forEach(level -> rows.add(level.toRow()));
      result.domains().forEach(domain -> rows.add(domain.toRow()));
      warehouse.append(EvalResults.TABLE, responses(name, byId, scored), app, 0);
      warehouse.append(Evals.TABLE, rows, app, 0);
      return result;
    } finally {
      spread.destroy();
    }
  }

  private static List<EvalProblem> problems(Warehouse warehouse, RunConfig config) {
    var all =
        warehouse
            .read(Prompts.TABLE)
            .where(col(Prompts.DATASET).equalTo(config.prompts().dataset()))
            .where(col(Prompts.SPLIT).equalTo(config.eval().split()))
            .where(col(Prompts.EXCLUDED_BECAUSE).isNull())
            .orderBy(Prompts.PROMPT_ID)
            .select(Prompts.Question.columns());
    int limit = config.eval().problems();
    List<Row> rows = (limit == 0 ? all : all.limit(limit)).collectAsList();
    if (rows.isEmpty()) {
      throw new UserError(
          "eval.split = %s: prompts.dataset '%s' has no such problems; make or import some"
              .formatted(config.eval().split(), config.prompts().dataset()));
    }
    return rows.stream().map(row -> EvalProblem.of(Prompts.Question.from(row))).toList();
  }

  private static List<PromptRequest> requests(
      long runSeed, List<EvalProblem> problems, int samples) {
    List<PromptRequest> requests = new ArrayList<>();
    for (var problem : problems) {
      requests.addAll(
          PromptRequest.group(
              runSeed,
              NO_ITERATION,
              problem.promptId(),
              problem.text(),
              problem.picture(),
              samples));
    }
    return requests;
  }

  /** Responses without an answer that are programs vote by what these do. */
  private static List<Scored> withVotes(
      List<Answered> answered, Map<String, EvalProblem> problems, ProgramVoting voting) {
    List<Answered> programs = answered.stream().filter(Answered::votes).toList();
    if (programs.isEmpty()) {
      return answered.stream().map(Answered::scored).toList();
    }
    Iterator<Optional<String>> votes =
        voting
            .votes(
                programs.stream()
                    .map(
                        one ->
                            new Attempt(
                                problems.get(one.scored().promptId()).reference(),
                                one.scored().sample(),
                                one.response(),
                                one.stopReason()))
                    .toList())
            .iterator();
    return answered.stream()
        .map(one -> one.votes() ? one.voting(votes.next()) : one.scored())
        .toList();
  }

  /** What tells evaluations apart whose prompts are framed otherwise. */
  private static String sampling(RunConfig.Rollout rollout) {
    var sampling = Sampling.of(rollout);
    var settings =
        List.of(sampling.truncation(), sampling.stop(), new TreeSet<>(sampling.stopIds()));
    return settings.equals(List.of(Truncation.NONE, List.of(), new TreeSet<>()))
        ? ""
        : "/sampling "
            + UUID.nameUUIDFromBytes(settings.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String chat(RunConfig config) {
    var chat = config.model().chat();
    return chat.equals(ChatConfig.NONE)
        ? ""
        : "/chat " + UUID.nameUUIDFromBytes(chat.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @param kept answer types whose responses are kept as texts, where the policy ended them
   */
  private static Iterator<Answered> score(
      Iterator<Response> responses,
      Broadcast<Map<String, EvalProblem>> problems,
      AnswerCheck check,
      Set<String> kept) {
    List<Decoded> decoded = new ArrayList<>();
    List<Attempt> attempts = new ArrayList<>();
    while (responses.hasNext()) {
      Response response = responses.next();
      var request = response.decoded().request();
      var reference = problems.value().get(request.promptId()).reference();
      decoded.add(response.decoded());
      attempts.add(
          new Attempt(
              reference, request.sample(), response.text(), response.decoded().stopReason()));
    }
    List<Answered> scored = new ArrayList<>();
    var judged = check.judge(attempts).iterator();
    for (int i = 0; i < attempts.size(); i++) {
      var judgement = judged.next();
      var one = decoded.get(i);
      var attempt = attempts.get(i);
      boolean votes =
          attempt.stopReason() == StopReason.STOP
              && kept.contains(attempt.reference().answerType());
      scored.add(
          new Answered(
              new Scored(
                  one.request().promptId(),
                  one.request().sample(),
                  judgement.correct().isPresent(),
                  judgement.correct().orElse(false),
                  one.tokens().length,
                  judgement.answer().orElse("")),
              attempt.stopReason(),
              votes ? attempt.response() : ""));
    }
    return scored.iterator();
  }

  private static List<Row> responses(
      EvalSummary.Name name, Map<String, EvalProblem> problems, List<Scored> scored) {
    return scored.stream()
        .map(
            response -> {
              var problem = problems.get(response.promptId());
              return new EvalResults.Result(
                      name.run(),
                      name.policyVersion(),
                      name.dataset(),
                      name.split(),
                      name.mode(),
                      name.temperature(),
                      problems.size(),
                      name.samples(),
                      problem.promptId(),
                      problem.domain(),
                      problem.level(),
                      response.sample(),
                      response.judged() ? Optional.of(response.correct()) : Optional.empty(),
                      response.tokens(),
                      Optional.of(response.answer()).filter(answer -> !answer.isEmpty()))
                  .toRow();
            })
        .toList();
  }

  private static boolean isIn(Warehouse warehouse, String app) {
    return warehouse.committed(Evals.TABLE, app).isPresent()
        && warehouse.committed(EvalResults.TABLE, app).isPresent();
  }

  private static EvalResult recorded(
      Warehouse warehouse, EvalSummary.Name name, List<EvalProblem> problems) {
    return EvalSummary.recorded(rows(warehouse, name), problems);
  }

  private static List<Evals.Result> rows(Warehouse warehouse, EvalSummary.Name name) {
    return named(warehouse.read(Evals.TABLE), name).collectAsList().stream()
        .map(Evals.Result::from)
        .toList();
  }

  /** Whether one that was cut short before its sums has left its responses, or a whole one. */
  private static boolean hasResponses(Warehouse warehouse, EvalSummary.Name name, int problems) {
    return !named(warehouse.read(EvalResults.TABLE), name)
        .where(col(EvalResults.PROBLEMS).equalTo(problems))
        .isEmpty();
  }

  private static Dataset<Row> named(Dataset<Row> table, EvalSummary.Name name) {
    return table
        .where(col(TableSchema.RUN).equalTo(name.run()))
        .where(col(Evals.POLICY_VERSION).equalTo(name.policyVersion()))
        .where(col(Evals.DATASET).equalTo(name.dataset()))
        .where(col(Evals.SPLIT).equalTo(name.split()))
        .where(col(Evals.MODE).equalTo(name.mode()))
        .where(col(Evals.TEMPERATURE).equalTo(name.temperature()))
        .where(col(Evals.SAMPLES).equalTo(name.samples()));
  }
}
