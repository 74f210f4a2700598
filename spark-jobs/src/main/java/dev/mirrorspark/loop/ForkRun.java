package dev.mirrorspark.loop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Rewards;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.TeacherLogprobs;
import dev.mirrorspark.table.TokenScores;
import dev.mirrorspark.table.TrainingSet;
import dev.mirrorspark.table.Trajectories;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * A new run that goes on from an iteration of another: its rows up to there are the new run's too,
 * and its weights stay where they are. What the other run did after that iteration is not touched,
 * so that this is also the way back from a run that went wrong.
 */
public final class ForkRun {
  private static final String STAGE = "/fork";

  /** What the new run has of an iteration, in the order in which it is copied. */
  private static final List<TableSchema> BY_ITERATION =
      List.of(
          Trajectories.TABLE,
          Rewards.TABLE,
          TeacherLogprobs.TABLE,
          TokenScores.TABLE,
          TrainingSet.TABLE,
          Iterations.TABLE);

  private ForkRun() {}

  /**
   * Makes the run of this session out of another; does nothing where it is made.
   *
   * @param from the other run, in the same warehouse
   * @param iteration the iteration that the new run begins with: of the other run it has those
   *     before
   * @throws UserError if there is no such run or iteration, this run is there already, or its
   *     optimizer carries moments over, which a fork has not
   */
  public static void run(Session session, String from, int iteration) {
    String run = session.config().run();
    if (run.equals(from)) {
      throw new UserError(
          "run %s cannot be forked into itself; name the new one with --set run=NAME"
              .formatted(run));
    }
    if (recorded(session)) {
      throw new UserError(
          "run %s is there already; name another with --set run=NAME".formatted(run));
    }
    if (!session.config().train().resetOptimizer() && iteration > 0) {
      throw new UserError(
          "train.reset_optimizer = false: a fork has not the optimizer's moments of run %s; set it to true, or fork at iteration 0"
              .formatted(from));
    }
    requireIterations(session, from, iteration);
    Policy reference = PolicyVersions.reference(session, from, iteration);
    requireTrainable(session, reference);
    requireSameSource(session, from, iteration);
    for (var table : BY_ITERATION) {
      copy(session, table, from, col(Trajectories.ITERATION).lt(iteration));
    }
    copy(
        session,
        Policies.TABLE,
        from,
        col(Policies.VERSION).leq(reference.version()),
        "/policies", // as training commits them, so that it adds none of them again
        reference.version());
    RunRecord.start(session, Optional.of(from + "@" + iteration));
    session
        .progress()
        .line(
            "run %s goes on from run %s at iteration %d, policy version %d; train it with the same run file and --set run=%s"
                .formatted(run, from, iteration, reference.version(), run));
  }

  /**
   * A fork that was cut off is not a run yet.
   *
   * @throws UserError if there are rows of one
   */
  static void requireWhole(Session session) {
    String run = session.config().run();
    if (session.warehouse().committed(Trajectories.TABLE, run + STAGE).isPresent()
        && !recorded(session)) {
      throw new UserError(
          "run %s: its fork from another run was cut off; give the same `fork` command again"
              .formatted(run));
    }
  }

  private static boolean recorded(Session session) {
    return !session
        .warehouse()
        .read(Runs.TABLE)
        .where(col(TableSchema.RUN).equalTo(session.config().run()))
        .isEmpty();
  }

  private static void requireIterations(Session session, String from, int iteration) {
    int finished = TrainingRun.finished(session, from);
    if (iteration < 0 || iteration > finished) {
      throw new UserError(
          "run %s has %d finished iterations: a fork of it begins with iteration 0 to %d, not %d"
              .formatted(from, finished, finished, iteration));
    }
  }

  /** Its weights are there, and training may go on from it. */
  private static void requireTrainable(Session session, Policy reference) {
    if (reference.method().isPresent() && reference.version() > 0) {
      throw new UserError(
          "run %s: %s made its version %d; begin another run with it by --set model.path=%s"
              .formatted(
                  reference.run(),
                  reference.method().orElseThrow().text(),
                  reference.version(),
                  reference.checkpoint()));
    }
    PolicyVersions.weights(session, reference).base().weights();
  }

  /** A fork that was cut off is completed from the same source alone. */
  private static void requireSameSource(Session session, String from, int iteration) {
    String run = session.config().run();
    var tables = session.warehouse();
    String source = STAGE + "/" + from + "@" + iteration;
    boolean begun = tables.committed(Trajectories.TABLE, run + STAGE).isPresent();
    if (begun && tables.committed(Trajectories.TABLE, run + source).isEmpty()) {
      throw new UserError(
          "run %s: a fork of it from another run or iteration was cut off; repeat that one, or name another run with --set run=NAME"
              .formatted(run));
    }
    var none = tables.read(Trajectories.TABLE).limit(0);
    tables.append(Trajectories.TABLE, none, run + source, 0);
  }

  private static void copy(Session session, TableSchema table, String from, Column which) {
    copy(session, table, from, which, STAGE, 0);
  }

  private static void copy(
      Session session, TableSchema table, String from, Column which, String stage, int version) {
    String run = session.config().run();
    var rows =
        session
            .warehouse()
            .read(table)
            .where(col(TableSchema.RUN).equalTo(from))
            .where(which)
            .withColumn(TableSchema.RUN, lit(run));
    session.warehouse().append(table, rows, run + stage, version);
  }
}
