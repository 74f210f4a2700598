package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.long2short.PairRule;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.PreferencePairs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.train.ReadResponses;
import dev.mirrorspark.train.ResponseStage;
import dev.mirrorspark.train.Trained;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The `long2short dpo` command: direct preference optimisation (Kimi k1.5, 2.4). The run's first
 * policy answers each problem several times and learns to prefer the shortest correct answer.
 */
public final class DpoRun {
  private static final String PHASE = Method.DPO.text();

  private static final StructType PAIRS =
      new StructType()
          .add(PreferencePairs.PROMPT_ID, DataTypes.StringType)
          .add(PreferencePairs.CHOSEN, DataTypes.IntegerType)
          .add(PreferencePairs.REJECTED, DataTypes.IntegerType)
          .add(PreferencePairs.RULE, DataTypes.StringType)
          .add(PreferencePairs.CHOSEN_TOKENS, DataTypes.IntegerType)
          .add(PreferencePairs.REJECTED_TOKENS, DataTypes.IntegerType);

  private DpoRun() {}

  /**
   * Samples, pairs, trains and commits; goes on where an earlier process stopped, and does nothing
   * where it is committed.
   *
   * @throws UserError if the run was started with other settings, has trained otherwise, or no
   *     problem makes a pair
   */
  public static Policy run(Session session) {
    RunRecord.check(session);
    MachineMemory.check(session);
    var done = Candidates.made(session, Method.DPO);
    if (done.isPresent()) {
      ResponseStage.release(session.storage(), session.config(), PHASE);
      return done.get();
    }
    Policy first = PolicyVersions.first(session);
    var candidates = Candidates.of(session, first);
    var pairs = pairs(session, first, candidates);
    FaultPoint.pass("dpo-pairs", 0);
    Trained trained = train(session, first, candidates, pairs);
    FaultPoint.pass("dpo", 0);
    Policy policy = PolicyVersions.commit(session, first, trained, Method.DPO);
    FaultPoint.pass("dpo-commit", 0);
    ResponseStage.release(session.storage(), session.config(), PHASE);
    return policy;
  }

  /** The pairs with their reference log-probs, which are computed once. */
  private static Dataset<Row> pairs(Session session, Policy first, Candidates candidates) {
    var config = session.config();
    var table = PreferencePairs.TABLE;
    String app = config.run() + "/" + table.name();
    if (session.warehouse().committed(table, app).isEmpty()) {
      var pairs = session.spark().createDataFrame(rows(session, candidates), PAIRS);
      var read =
          ResponseStage.reference(
                  candidates.named(pairs, PreferencePairs.CHOSEN, PreferencePairs.REJECTED),
                  config,
                  PolicyVersions.weights(session, first))
              .cache();
      try {
        var rows =
            beside(
                beside(broadcast(pairs), read, PreferencePairs.CHOSEN),
                read,
                PreferencePairs.REJECTED);
        session
            .warehouse()
            .append(
                table,
                rows.withColumn(TableSchema.RUN, lit(config.run()))
                    .withColumn(PreferencePairs.REFERENCE_VERSION, lit(first.version())),
                app,
                0);
      } finally {
        read.unpersist();
      }
    }
    return session.warehouse().read(table).where(col(TableSchema.RUN).equalTo(config.run()));
  }

  private static Dataset<Row> beside(Dataset<Row> pairs, Dataset<Row> read, String side) {
    var logprobs =
        read.select(
            col(Trajectories.PROMPT_ID),
            col(Trajectories.SAMPLE).as(side),
            col(ReadResponses.LOGPROBS).as(side + "_logprobs"));
    return pairs.join(
        logprobs,
        scala.collection.JavaConverters.asScalaBuffer(List.of(PreferencePairs.PROMPT_ID, side))
            .toSeq(),
        "inner");
  }

  private static List<Row> rows(Session session, Candidates candidates) {
    var config = session.config();
    var dpo = config.train().dpo();
    var rule = new PairRule(dpo.lengthRatio(), dpo.rejected(), config.seed());
    List<Row> rows = new ArrayList<>();
    Map<String, Integer> counts = new TreeMap<>();
    for (var all : candidates.byPrompt().values()) {
      for (var pair : rule.pairs(all)) {
        counts.merge(pair.reason().text(), 1, Integer::sum);
        rows.add(
            RowFactory.create(
                pair.chosen().promptId(),
                pair.chosen().sample(),
                pair.rejected().sample(),
                pair.reason().text(),
                pair.chosen().tokens(),
                pair.rejected().tokens()));
      }
    }
    if (rows.isEmpty()) {
      throw new UserError(
          "run %s: the responses to %d problems make no pair: none is correct beside a longer wrong"
                  .formatted(config.run(), candidates.byPrompt().size())
              + " one or a correct one %s times as long; sample more (train.samples)"
                  .formatted(dpo.lengthRatio()));
    }
    session.progress().line("preference pairs: %,d %s".formatted(rows.size(), counts));
    return rows;
  }

  private static Trained train(
      Session session, Policy first, Candidates candidates, Dataset<Row> pairs) {
    try (var live = new LiveSteps(session.progress(), "preferences (dpo)", () -> {})) {
      return ResponseStage.prefer(
          JavaSparkContext.fromSparkContext(session.spark().sparkContext()),
          PHASE,
          pairs,
          candidates.named(pairs, PreferencePairs.CHOSEN, PreferencePairs.REJECTED),
          session.config(),
          PolicyVersions.weights(session, first),
          PolicyVersions.output(session, first),
          live);
    }
  }
}
