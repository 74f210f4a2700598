package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.DecodeJob;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Response;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Prompts;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The steps for which a policy tries the problems (Kimi k1.5, 2.1): how often it solves each is the
 * problem's difficulty, and what it answers without reasoning tells nothing about reasoning.
 *
 * <p>The problems still open pass through the driver, as those of an iteration do.
 *
 * @param config its curate section says how often and how; its rollout section lays out the tasks
 * @param judge decides which responses are right
 */
record PolicyTrials(
    SparkSession spark,
    RunConfig config,
    PolicyVersion policy,
    AnswerJudge judge,
    ProgressSink progress) {

  /** Stand where other responses have their iteration, from 0; evaluations have -1. */
  private static final int MEASURING = -2;

  private static final int GUESSING = -3;

  /** Stands in a template where the problem goes. */
  static final String PROBLEM = "{problem}";

  private static final StructType RATES =
      new StructType().add("tried", DataTypes.LongType).add("rate", DataTypes.DoubleType);

  /** A problem as the judge needs it. */
  private record Problem(long place, String text, Reference reference) implements Serializable {
    String id() {
      return reference.promptId();
    }
  }

  /** One judged response, 0 or 1. */
  private record Try(String id, int correct) implements Serializable {}

  /** Fills in the pass rates and excludes the trivial and the impossible training problems. */
  Dataset<Row> measureDifficulty(Dataset<Row> rows) {
    var curate = config.curate();
    var tries = rates(rows, MEASURING, PROBLEM, curate.samples(), config.rollout().maxTokens());
    var rate = col("rate");
    return rows.join(tries, col(Places.PLACE).equalTo(col("tried")), "left")
        .withColumn(Prompts.PASS_RATE, rate)
        .withColumn(
            Prompts.EXCLUDED_BECAUSE,
            excludedWhere(
                rate.gt(curate.maxPassRate()),
                Exclusion.TRIVIAL,
                excludedWhere(
                    rate.lt(curate.minPassRate()),
                    Exclusion.IMPOSSIBLE,
                    col(Prompts.EXCLUDED_BECAUSE))))
        .drop("tried", "rate");
  }

  /** Excludes the training problems that the policy answers at least once without reasoning. */
  Dataset<Row> dropGuessable(Dataset<Row> rows) {
    var curate = config.curate();
    var tries =
        rates(rows, GUESSING, curate.guessTemplate(), curate.guesses(), curate.guessTokens());
    return rows.join(tries, col(Places.PLACE).equalTo(col("tried")), "left")
        .withColumn(
            Prompts.EXCLUDED_BECAUSE,
            excludedWhere(col("rate").gt(0), Exclusion.GUESSABLE, col(Prompts.EXCLUDED_BECAUSE)))
        .drop("tried", "rate");
  }

  private static Column excludedWhere(Column holds, Exclusion why, Column otherwise) {
    return when(holds, lit(why.label())).otherwise(otherwise);
  }

  /** The share of right answers among those that could be judged, by place. */
  private Dataset<Row> rates(
      Dataset<Row> rows, int round, String template, int samples, int maxTokens) {
    List<Problem> problems = problems(rows);
    boolean guess = round == GUESSING;
    List<PromptRequest> requests = new ArrayList<>();
    Map<String, Problem> byId = new HashMap<>();
    for (Problem problem : problems) {
      byId.put(problem.id(), problem);
      String text = template.replace(PROBLEM, problem.text());
      requests.addAll(PromptRequest.group(config.seed(), round, problem.id(), text, samples));
    }
    if (requests.isEmpty()) {
      return spark.createDataFrame(List.of(), RATES);
    }
    Map<String, int[]> tallies = new HashMap<>();
    var sampling = new Sampling(config.curate().temperature(), maxTokens);
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(byId);
    var judging = judge;
    try (var job = new DecodeJob(spark, config, policy, sampling, requests, progress)) {
      job.responses()
          .mapPartitions(responses -> judged(responses, spread.value(), judging, guess))
          .collect()
          .forEach(
              one -> {
                int[] tally = tallies.computeIfAbsent(one.id(), id -> new int[2]);
                tally[0]++;
                tally[1] += one.correct();
              });
      job.totals();
    } finally {
      spread.destroy();
    }
    List<Row> rates = new ArrayList<>();
    tallies.forEach(
        (id, tally) ->
            rates.add(RowFactory.create(byId.get(id).place(), (double) tally[1] / tally[0])));
    return spark.createDataFrame(rates, RATES);
  }

  private static List<Problem> problems(Dataset<Row> rows) {
    return rows
        .where(col(Prompts.EXCLUDED_BECAUSE).isNull())
        .where(col(Prompts.SPLIT).equalTo(Prompts.TRAIN))
        .orderBy(Places.PLACE)
        .select(Places.asPrompts(col(Places.PLACE)))
        .select(with(Prompts.Question.columns(), col(Places.PLACE)))
        .collectAsList()
        .stream()
        .map(row -> problem(row.getAs(Places.PLACE), Prompts.Question.from(row)))
        .toList();
  }

  private static Column[] with(Column[] columns, Column more) {
    return Stream.concat(Stream.of(columns), Stream.of(more)).toArray(Column[]::new);
  }

  private static Problem problem(long place, Prompts.Question asked) {
    return new Problem(
        place,
        asked.text(),
        new Reference(
            asked.promptId(), asked.domain(), asked.text(), asked.answer(), asked.answerType()));
  }

  private static Iterator<Try> judged(
      Iterator<Response> responses,
      Map<String, Problem> problems,
      AnswerJudge judge,
      boolean guess) {
    List<Attempt> attempts = new ArrayList<>();
    while (responses.hasNext()) {
      Response response = responses.next();
      var problem = problems.get(response.decoded().request().promptId());
      attempts.add(guess ? guess(response, problem) : attempt(response, problem));
    }
    List<Try> tries = new ArrayList<>();
    var judged = judge.correct(attempts).iterator();
    for (Attempt attempt : attempts) {
      judged
          .next()
          .ifPresent(
              correct -> tries.add(new Try(attempt.reference().promptId(), correct ? 1 : 0)));
    }
    return tries.iterator();
  }

  private static Attempt attempt(Response response, Problem problem) {
    var decoded = response.decoded();
    return new Attempt(
        problem.reference(), decoded.request().sample(), response.text(), decoded.stopReason());
  }

  /** A guess is the first line; it need not be ended, nor marked as the answer. */
  private static Attempt guess(Response response, Problem problem) {
    String text = response.text().strip();
    String line = text.lines().findFirst().orElse("").strip();
    return new Attempt(
        problem.reference(),
        response.decoded().request().sample(),
        line.contains("#") || line.contains("\\boxed") ? line : "#### " + line,
        text.contains("\n") ? StopReason.STOP : response.decoded().stopReason());
  }
}
