package dev.mirrorspark.reduce;

import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.BarrierTaskInfo;
import org.apache.spark.SparkEnv;

/**
 * What a task of an update knows of the others when it starts.
 *
 * @param update name of this attempt of the update, the same for all its tasks, never used twice
 * @param task index of the task
 * @param processes by task, the name of the process that it runs in
 * @param host name or address under which the other tasks reach this machine
 * @param gather takes a text of this task and returns those of all tasks, by task; waits for all
 * @param killed whether the task was killed; may be asked by any thread
 */
public record Seat(
    String update,
    int task,
    List<String> processes,
    String host,
    Gather gather,
    BooleanSupplier killed) {

  /** The one exchange between the tasks at the start. */
  @FunctionalInterface
  public interface Gather {
    /** By task, what each brought. */
    List<String> of(String mine);
  }

  /**
   * The seat of a task in a barrier stage.
   *
   * <p>Spark gives each task the addresses of all; an executor's has its port, so that two
   * executors on one machine differ. Its own exchange polls once a second, and is used only when
   * there are several processes.
   */
  static Seat of(BarrierTaskContext context) {
    var processes = Arrays.stream(context.getTaskInfos()).map(BarrierTaskInfo::address).toList();
    return new Seat(
        "stage %d.%d".formatted(context.stageId(), context.stageAttemptNumber()),
        context.partitionId(),
        processes,
        SparkEnv.get().blockManager().blockManagerId().host(),
        mine -> List.of(context.allGather(mine)),
        context::isInterrupted);
  }

  /** Name of the process of this task. */
  String process() {
    return processes.get(task);
  }

  /**
   * The task that a rank runs in: ranks are dealt to the tasks in contiguous, nearly equal lots.
   */
  int taskOf(int rank, int count) {
    return Ranks.taskOf(rank, count, processes.size());
  }

  /** Name of the process that a rank runs in. */
  String processOf(int rank, int count) {
    return processes.get(taskOf(rank, count));
  }
}
