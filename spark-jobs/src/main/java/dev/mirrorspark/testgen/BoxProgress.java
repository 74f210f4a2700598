package dev.mirrorspark.testgen;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** The live view of a job: how many programs its tasks have run, as heartbeats report it. */
final class BoxProgress extends SparkListener {
  private final long accumulator;
  private final LongConsumer sink;
  private final Map<Long, Long> byTask = new HashMap<>();

  /**
   * @param accumulator id of the one that counts the runs
   */
  BoxProgress(long accumulator, LongConsumer sink) {
    this.accumulator = accumulator;
    this.sink = sink;
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate event) {
    for (var update : JavaConverters.seqAsJavaList(event.accumUpdates())) {
      count((Long) update._1(), update._4());
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
    count(event.taskInfo().taskId(), event.taskInfo().accumulables().toSeq());
  }

  private void count(long task, Seq<AccumulableInfo> infos) {
    for (var info : JavaConverters.seqAsJavaList(infos)) {
      if (info.id() == accumulator
          && info.update().isDefined()
          && info.update().get() instanceof Long value) {
        byTask.put(task, value);
        sink.accept(byTask.values().stream().mapToLong(Long::longValue).sum());
      }
    }
  }
}
