package dev.mirrorspark.curate;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.DecodeJob;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.Reference;
import dev.mirrorspark.decode.Response;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.table.Prompts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Worked examples from a policy by rejection sampling (Kimi k1.5, 2.2 and 2.5.2): it is prompted
 * with each problem several times, and of its responses that a verifier finds right some are kept,
 * with the share of right ones among all.
 *
 * @param config its examples section says how often and how; its rollout section lays out the tasks
 * @param judge decides which responses are right
 */
public record ExampleSampling(
    SparkSession spark,
    RunConfig config,
    PolicyVersion policy,
    AnswerJudge judge,
    ProgressSink progress) {

  /** Stands where other responses have their iteration, from 0; evaluations have -1. */
  private static final int EXAMPLES = -4;

  private static final String RIGHT = "right";
  private static final String TOKENS = "tokens";
  private static final String TRIED = "tried";
  private static final String SAMPLE = "sample";
  private static final String RESPONSE = "response";
  private static final String PLACE = "place";

  private static final StructType TRIES =
      new StructType()
          .add(TRIED, DataTypes.StringType)
          .add(SAMPLE, DataTypes.IntegerType)
          .add(RIGHT, DataTypes.BooleanType)
          .add(TOKENS, DataTypes.IntegerType)
          .add(RESPONSE, DataTypes.StringType);

  /**
   * Hands the examples to an action that writes them, with the columns of {@code prompts}. They are
   * decoded anew by every action, so it is to be one.
   *
   * @param problems rows of {@code prompts}, in the order in which they are tried
   */
  public void examples(Dataset<Row> problems, String source, Consumer<Dataset<Row>> write) {
    var examples = config.examples();
    List<PromptRequest> requests = new ArrayList<>();
    Map<String, Reference> references = new HashMap<>();
    for (Row problem : problems.collectAsList()) {
      String id = problem.getAs(Prompts.PROMPT_ID);
      String text =
          examples.template().replace(PolicyTrials.PROBLEM, problem.getAs(Prompts.TEXT_OF_PROMPT));
      references.put(
          id,
          new Reference(
              id,
              problem.getAs(Prompts.DOMAIN),
              problem.getAs(Prompts.TEXT_OF_PROMPT),
              problem.getAs(Prompts.ANSWER),
              problem.getAs(Prompts.ANSWER_TYPE)));
      requests.addAll(
          PromptRequest.group(
              config.seed(), EXAMPLES, id, text, Prompts.picture(problem), examples.samples()));
    }
    var sampling = new Sampling(examples.temperature(), config.rollout().maxTokens());
    var spread = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(references);
    var judging = judge;
    try (var job = new DecodeJob(spark, config, policy, sampling, requests, progress)) {
      var tries =
          job.responses().mapPartitions(responses -> judged(responses, spread.value(), judging));
      write.accept(kept(problems, spark.createDataFrame(tries, TRIES), source));
      job.totals();
    } finally {
      spread.destroy();
    }
  }

  private static Iterator<Row> judged(
      Iterator<Response> responses, Map<String, Reference> references, AnswerJudge judge) {
    List<Decoded> decoded = new ArrayList<>();
    List<Attempt> attempts = new ArrayList<>();
    while (responses.hasNext()) {
      Response response = responses.next();
      var one = response.decoded();
      var request = one.request();
      decoded.add(one);
      attempts.add(
          new Attempt(
              references.get(request.promptId()),
              request.sample(),
              response.text(),
              one.stopReason()));
    }
    List<Row> rows = new ArrayList<>();
    var judged = judge.correct(attempts).iterator();
    for (int i = 0; i < attempts.size(); i++) {
      var attempt = attempts.get(i);
      boolean ended = attempt.stopReason() == StopReason.STOP;
      rows.add(
          RowFactory.create(
              attempt.reference().promptId(),
              attempt.sample(),
              judged.next().map(is -> is && ended).orElse(null),
              decoded.get(i).tokens().length,
              attempt.response()));
    }
    return rows.iterator();
  }

  private Dataset<Row> kept(Dataset<Row> problems, Dataset<Row> tries, String source) {
    var examples = config.examples();
    var ofProblem = Window.partitionBy(TRIED);
    Column keepable = coalesce(col(RIGHT), lit(false)).and(col(TOKENS).geq(examples.minTokens()));
    var rows =
        tries
            .withColumn(Prompts.PASS_RATE, avg(col(RIGHT).cast("double")).over(ofProblem))
            .where(keepable)
            .withColumn(
                PLACE, row_number().over(ofProblem.orderBy(preference(), col(SAMPLE).asc())))
            .where(col(PLACE).leq(examples.keep()));
    Column id = col(Prompts.PROMPT_ID);
    return rows.join(
            broadcast(problems.drop(Prompts.PASS_RATE, Prompts.SOLUTION)), col(TRIED).equalTo(id))
        .select(
            lit(examples.into()).as(Prompts.DATASET),
            when(col(PLACE).equalTo(1), id)
                .otherwise(concat(id, lit("-"), col(PLACE)))
                .as(Prompts.PROMPT_ID),
            lit(Prompts.WARMUP).as(Prompts.SPLIT),
            col(Prompts.DOMAIN),
            col(Prompts.LEVEL),
            col(Prompts.TEXT_OF_PROMPT),
            col(Prompts.ANSWER),
            col(Prompts.ANSWER_TYPE),
            col(RESPONSE).as(Prompts.SOLUTION),
            lit(source).as(Prompts.SOURCE),
            lit(null).cast("string").as(Prompts.EXCLUDED_BECAUSE),
            col(Prompts.PASS_RATE),
            col(Prompts.IMAGE),
            col(Prompts.IMAGE_TYPE),
            col(Prompts.IMAGE_WIDTH),
            col(Prompts.IMAGE_HEIGHT));
  }

  private Column preference() {
    return switch (config.examples().prefer()) {
      case "shortest" -> col(TOKENS).asc();
      case "longest" -> col(TOKENS).desc();
      default -> col(SAMPLE).asc();
    };
  }
}
