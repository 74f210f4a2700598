package dev.mirrorspark.loop;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.TrackConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Trajectories;
import dev.mirrorspark.table.Warehouse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.functions;

/**
 * The `replay` command: runs a past iteration again, every stage of it, in a scratch warehouse, and
 * compares the weights.
 */
public final class Replay {
  private Replay() {}

  /** The weights that the run committed and those that the replay led to. */
  public record Result(int iteration, String committedSha, String replayedSha) {
    /** Whether they are the same to the last bit. */
    public boolean same() {
      return committedSha.equals(replayedSha);
    }
  }

  /**
   * Replays an iteration; the run's own tables are only read.
   *
   * @throws UserError if the run has not finished that iteration, or if it carried the optimizer's
   *     moments over from the iteration before, which are gone
   */
  public static Result run(Session session, int iteration) {
    var config = session.config();
    int finished = TrainingRun.finished(session);
    if (iteration < 0 || iteration >= finished) {
      throw new UserError(
          "run %s has no finished iteration %d: it has %d, numbered from 0"
              .formatted(config.run(), iteration, finished));
    }
    RunRecord.check(session);
    if (!config.train().resetOptimizer() && iteration > 0) {
      throw new UserError(
          "run %s keeps the optimizer's moments (train.reset_optimizer = false): those before iteration %d are gone; only iteration 0 can be replayed"
              .formatted(config.run(), iteration));
    }
    Policy committed = PolicyVersions.reference(session, iteration + 1);
    String root = config.warehouse() + "/_replay/" + config.run() + "-" + UUID.randomUUID();
    Policy reference = PolicyVersions.reference(session, iteration);
    var scratch = scratch(session, root, reference, iteration);
    try {
      var sampling = WaveSampling.of(scratch, reference);
      Policy replayed =
          RlIteration.run(scratch, sampling, WaveScoring.of(scratch), iteration, reference);
      return new Result(iteration, committed.sha256(), replayed.sha256());
    } finally {
      delete(session, root);
    }
  }

  /** A session over a warehouse that holds what the run's held when the iteration began. */
  private static Session scratch(Session session, String root, Policy reference, int iteration) {
    var c = session.config();
    var config =
        new RunConfig(
            c.run(),
            c.seed(),
            root,
            c.model(),
            c.init(),
            c.prompts(),
            c.curate(),
            c.examples(),
            c.sft(),
            c.sampling(),
            c.rollout(),
            c.reward(),
            c.rewardModel(),
            c.gate(),
            c.train(),
            c.update(),
            c.eval(),
            c.sandbox(),
            c.testcases(),
            c.schedule(),
            TrackConfig.NONE);
    var tables = Warehouse.open(session.spark(), root);
    var scratch = new Session(session.spark(), tables, config, session.progress());
    tables.append(
        Prompts.TABLE,
        session
            .warehouse()
            .read(Prompts.TABLE)
            .where(functions.col(Prompts.DATASET).equalTo(c.prompts().dataset())),
        "replay",
        0);
    var versions =
        PolicyVersions.all(session).stream()
            .filter(policy -> policy.version() <= reference.version())
            .map(Policy::toRow)
            .toList();
    tables.append(Policies.TABLE, versions, "replay", 0);
    copyBefore(session, tables, Trajectories.TABLE, iteration);
    copyBefore(session, tables, Rewards.TABLE, iteration);
    return scratch;
  }

  /** What earlier iterations left: responses that go on, and how often prompts were solved. */
  private static void copyBefore(
      Session session, Warehouse scratch, TableSchema table, int iteration) {
    var rows =
        session
            .warehouse()
            .read(table)
            .where(functions.col(TableSchema.RUN).equalTo(session.config().run()))
            .where(functions.col(Trajectories.ITERATION).lt(iteration));
    scratch.append(table, rows, "replay", 0);
  }

  private static void delete(Session session, String root) {
    try {
      var path = new Path(root);
      path.getFileSystem(session.spark().sparkContext().hadoopConfiguration()).delete(path, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
