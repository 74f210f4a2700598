package dev.mirrorspark.decode;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * The live view of a decoding job: what running tasks counted so far, as their executors'
 * heartbeats report it.
 *
 * <p>How live it is, {@code spark.executor.heartbeatInterval} decides.
 */
final class DecodeProgress extends SparkListener {

  private record Count(long responses, long tokens) {}

  private final DecodeCounters counters;
  private final int total;
  private final ProgressSink sink;
  private final Map<Long, Count> byTask = new HashMap<>();
  private boolean closed;

  DecodeProgress(DecodeCounters counters, int total, ProgressSink sink) {
    this.counters = counters;
    this.total = total;
    this.sink = sink;
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate event) {
    boolean seen = false;
    for (var update : JavaConverters.seqAsJavaList(event.accumUpdates())) {
      seen |= count((Long) update._1(), update._4());
    }
    publish(seen);
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
    boolean seen =
        event.reason() instanceof Success$
            ? count(event.taskInfo().taskId(), event.taskInfo().accumulables().toSeq())
            : byTask.remove(event.taskInfo().taskId()) != null;
    publish(seen);
  }

  /** Whether these are counts of this job's tasks. */
  private boolean count(long task, Seq<AccumulableInfo> infos) {
    long responses = 0;
    long tokens = 0;
    boolean seen = false;
    for (var info : JavaConverters.seqAsJavaList(infos)) {
      if (info.update().isDefined() && info.update().get() instanceof Long value) {
        if (info.id() == counters.responses().id()) {
          responses = value;
          seen = true;
        } else if (info.id() == counters.tokens().id()) {
          tokens = value;
          seen = true;
        }
      }
    }
    if (seen) {
      byTask.put(task, new Count(responses, tokens));
    }
    return seen;
  }

  private void publish(boolean changed) {
    if (changed && !closed) {
      long responses = byTask.values().stream().mapToLong(Count::responses).sum();
      long tokens = byTask.values().stream().mapToLong(Count::tokens).sum();
      sink.update((int) Math.min(responses, total), total, tokens);
    }
  }

  /** Says nothing any more. */
  synchronized void close() {
    closed = true;
  }
}
