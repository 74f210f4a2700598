package dev.mirrorspark.loop;

import dev.mirrorspark.prompts.PromptSampling;
import dev.mirrorspark.prompts.PromptSets;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.report.Summary;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Policies.Policy;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.functions;

/**
 * The `quickstart` command: problems, a small model with random weights, a warm-up on long chains
 * of thought, reinforcement learning, and what it brought on held-out problems.
 */
public final class Quickstart {
  private Quickstart() {}

  /** Runs whatever part of it the tables do not hold yet, as far as {@code schedule} lets it. */
  public static void run(Session session) {
    long start = System.nanoTime();
    var progress = session.progress();
    int made = PromptSets.generate(session.warehouse(), session.config());
    progress.line(
        made > 0
            ? "problems: %,d made, data set %s"
                .formatted(made, session.config().prompts().dataset())
            : "problems: data set %s is there".formatted(session.config().prompts().dataset()));
    if (session.config().train().iterations() > 0) {
      LongProblems.requireRoom(session);
      PromptSampling.check(
          session.warehouse(), session.config()); // before the warm-up, not after it
    }
    Policy warm = SftRun.run(session);
    EvaluationRun.run(session, OptionalInt.of(warm.version()));
    if (!TrainingRun.run(session)) {
      return;
    }
    EvaluationRun.run(session, OptionalInt.empty());
    progress.line("");
    summary(session);
    progress.line("");
    progress.line("took " + Progress.duration((System.nanoTime() - start) * 1e-9));
  }

  private static void summary(Session session) {
    var config = session.config();
    var evals =
        session
            .warehouse()
            .read(Evals.TABLE)
            .where(functions.col("run").equalTo(config.run()))
            .collectAsList()
            .stream()
            .map(Evals.Result::from)
            .toList();
    List<Policy> policies = PolicyVersions.all(session);
    var summary = new Summary(evals, policies);
    session.progress().table(summary.header(), summary.rows());
    session.progress().line("");
    session.progress().line("tables:     " + session.warehouse().root());
    session.progress().line("policy:     " + policies.get(policies.size() - 1).checkpoint());
  }
}
