package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;

import dev.mirrorspark.config.FaultPoint;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.long2short.Candidate;
import dev.mirrorspark.table.Policies.Method;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.ShortestResponses;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.train.ResponseStage;
import dev.mirrorspark.train.Trained;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * The `long2short shortest` command: shortest rejection sampling (Kimi k1.5, 2.4). The run's first
 * policy answers each problem several times and is fitted to the shortest correct answer.
 */
public final class ShortestRun {
  private static final String PHASE = Method.SHORTEST.text();

  private ShortestRun() {}

  /**
   * Samples, chooses, trains and commits; goes on where an earlier process stopped, and does
   * nothing where it is committed.
   *
   * @throws UserError if the run was started with other settings, has trained otherwise, or no
   *     response is correct
   */
  public static Policy run(Session session) {
    RunRecord.check(session);
    MachineMemory.check(session);
    var done = Candidates.made(session, Method.SHORTEST);
    if (done.isPresent()) {
      ResponseStage.release(session.storage(), session.config(), PHASE);
      return done.get();
    }
    Policy first = PolicyVersions.first(session);
    var candidates = Candidates.of(session, first);
    var chosen = choose(session, candidates);
    FaultPoint.pass("shortest-chosen", 0);
    Trained trained = train(session, first, candidates.named(chosen, ShortestResponses.CHOSEN));
    FaultPoint.pass("shortest", 0);
    Policy policy = PolicyVersions.commit(session, first, trained, Method.SHORTEST);
    FaultPoint.pass("shortest-commit", 0);
    ResponseStage.release(session.storage(), session.config(), PHASE);
    return policy;
  }

  private static Dataset<Row> choose(Session session, Candidates candidates) {
    String run = session.config().run();
    List<Row> rows = new ArrayList<>();
    int solved = 0;
    long tokens = 0;
    for (var prompt : candidates.byPrompt().entrySet()) {
      var all = prompt.getValue();
      var shortest = Candidate.shortest(all, session.config().seed());
      rows.add(
          RowFactory.create(
              run,
              prompt.getKey(),
              all.size(),
              count(all, Candidate.Verdict.CORRECT),
              count(all, Candidate.Verdict.ERROR),
              all.stream().mapToInt(Candidate::tokens).average().orElseThrow(),
              shortest.map(Candidate::sample).orElse(null),
              shortest.map(Candidate::tokens).orElse(null)));
      solved += shortest.isPresent() ? 1 : 0;
      tokens += shortest.map(Candidate::tokens).orElse(0);
    }
    if (solved == 0) {
      throw new UserError(
          "run %s: not one response to %d problems is correct and came to its end: nothing to learn"
                  .formatted(run, rows.size())
              + " from; start from another model or raise rollout.max_tokens");
    }
    var table = ShortestResponses.TABLE;
    session.warehouse().append(table, rows, run + "/" + table.name(), 0);
    session
        .progress()
        .line(
            "shortest correct responses: %,d of %,d problems, mean tokens %.1f"
                .formatted(solved, rows.size(), (double) tokens / solved));
    return session.warehouse().read(table).where(col(TableSchema.RUN).equalTo(run));
  }

  private static int count(List<Candidate> all, Candidate.Verdict verdict) {
    return (int) all.stream().filter(one -> one.verdict() == verdict).count();
  }

  private static Trained train(Session session, Policy first, Dataset<Row> responses) {
    try (var live = new LiveSteps(session.progress(), "shortest responses (sft)", () -> {})) {
      return ResponseStage.fit(
          JavaSparkContext.fromSparkContext(session.spark().sparkContext()),
          PHASE,
          responses,
          session.config(),
          PolicyVersions.weights(session, first),
          PolicyVersions.output(session, first),
          live);
    }
  }
}
