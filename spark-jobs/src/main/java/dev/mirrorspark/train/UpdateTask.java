package dev.mirrorspark.train;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.reduce.RankFailure;
import dev.mirrorspark.reduce.Ranks;
import dev.mirrorspark.train.StepPlan.RankSamples;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.util.CollectionAccumulator;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction1;

/**
 * What one task of a phase's barrier stage does: all steps of its logical ranks, each on a thread
 * of its own.
 */
final class UpdateTask
    extends AbstractFunction1<Iterator<RankSamples>, Iterator<UpdateTask.Outcome>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Phase phase;
  private final CollectionAccumulator<StepRecord> live;

  /**
   * The task of a phase.
   *
   * @param live receives the steps as they complete, for the live view only
   */
  UpdateTask(Phase phase, CollectionAccumulator<StepRecord> live) {
    this.phase = phase;
    this.live = live;
  }

  /** How a task ended: a fault that a user can mend must not make Spark try the stage again. */
  sealed interface Outcome extends Serializable {
    /**
     * All steps are taken.
     *
     * @param trained as the first rank of the task tells it
     */
    record Done(int firstRank, Trained trained) implements Outcome {}

    /** Nothing was written, for this reason. */
    record Refused(String reason) implements Outcome {}
  }

  @Override
  public Iterator<Outcome> apply(Iterator<RankSamples> samples) {
    List<RankSamples> mine = new ArrayList<>();
    JavaConverters.asJavaIterator(samples).forEachRemaining(mine::add);
    Outcome outcome;
    try {
      Trained trained = run(BarrierTaskContext.get(), mine);
      outcome = new Outcome.Done(mine.get(0).rank(), trained);
    } catch (UserError refused) {
      outcome = new Outcome.Refused(refused.getMessage());
    }
    return JavaConverters.asScalaIterator(List.of(outcome).iterator());
  }

  private Trained run(BarrierTaskContext context, List<RankSamples> mine) {
    String attempt = context.stageId() + "." + context.stageAttemptNumber();
    boolean cuda = phase.place().device().equals("cuda");
    List<Ranks> ranks =
        Ranks.join(context, phase.output().layout().size(), phase.update().ranks(), cuda);
    ExecutorService threads = Executors.newFixedThreadPool(ranks.size());
    try (var weights = PolicyHost.train(attempt, phase.start(), phase.place())) {
      List<Future<Trained>> running = new ArrayList<>();
      for (Ranks rank : ranks) {
        RankSamples samples =
            mine.stream().filter(s -> s.rank() == rank.rank()).findFirst().orElseThrow();
        var work = new Rank(phase, rank, weights, samples, context::isInterrupted, live::add);
        running.add(threads.submit(() -> run(work, rank)));
      }
      return all(running);
    } catch (RuntimeException e) {
      ranks.forEach(rank -> rank.fail(e));
      throw e;
    } finally {
      threads.shutdown();
    }
  }

  private static Trained run(Rank rank, Ranks meeting) {
    try {
      return rank.run();
    } catch (RuntimeException | Error e) {
      meeting.fail(e);
      throw e;
    }
  }

  /** What all ranks led to; of several faults the one that the others only heard of goes last. */
  private static Trained all(List<Future<Trained>> running) {
    List<Throwable> faults = new ArrayList<>();
    Trained trained = null;
    for (Future<Trained> rank : running) {
      try {
        Trained done = rank.get();
        trained = trained == null ? done : trained;
      } catch (ExecutionException e) {
        faults.add(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        faults.add(new TaskKilledException("the update was interrupted"));
      }
    }
    if (faults.isEmpty()) {
      return trained;
    }
    Throwable first =
        faults.stream()
            .filter(fault -> !(fault instanceof RankFailure))
            .findFirst()
            .orElse(faults.get(0));
    if (first instanceof RankFailure && userError(first) instanceof UserError refused) {
      throw refused;
    }
    if (first instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) first;
  }

  private static Throwable userError(Throwable fault) {
    Throwable cause = fault;
    while (cause != null && !(cause instanceof UserError)) {
      cause = cause.getCause();
    }
    return cause;
  }
}
