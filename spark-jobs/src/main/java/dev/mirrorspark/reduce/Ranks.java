package dev.mirrorspark.reduce;

import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.bytedeco.pytorch.Tensor;

/**
 * What the ranks of an update do together; the same bits wherever the ranks run.
 *
 * <p>One object for each rank, used by one thread at a time. All ranks make the same calls in the
 * same order. Every call throws {@link RankFailure} when another rank has failed or closed, or when
 * the task was killed, and it does so within a tenth of a second of knowing; it never waits for a
 * rank that cannot come.
 */
public sealed interface Ranks extends AutoCloseable permits SharedRanks, ProcessRanks {

  /**
   * The ranks that run in this task of a barrier stage, in ascending order; none if there are more
   * tasks than ranks. All tasks of the stage call it, at about the same time. What a task does not
   * close itself is closed when the task ends.
   *
   * @param size length of the flat buffer
   * @param count number of ranks of the update
   * @param cuda whether gradients and weights lie on GPUs
   * @throws RankFailure if a rank cannot be reached
   * @throws dev.mirrorspark.config.UserError if a machine is known by a name that others cannot use
   */
  static List<Ranks> join(BarrierTaskContext context, long size, int count, boolean cuda) {
    List<Ranks> ranks = Joining.join(Seat.of(context), size, count, cuda);
    TaskCompletionListener closing = ended -> ranks.forEach(Ranks::close);
    context.addTaskCompletionListener(closing);
    return ranks;
  }

  /** The ranks that run in the task of that seat, as for a barrier stage. */
  static List<Ranks> join(Seat seat, long size, int count, boolean cuda) {
    return Joining.join(seat, size, count, cuda);
  }

  /**
   * The task that a rank runs in: ranks are dealt to the tasks in contiguous, nearly equal lots.
   */
  static int taskOf(int rank, int count, int tasks) {
    return (int) ((long) rank * tasks / count);
  }

  /** This rank, from 0. */
  int rank();

  /** The shards of the flat buffer, one for each rank. */
  Shards shards();

  /** How many ranks there are. */
  default int count() {
    return shards().count();
  }

  /**
   * Reduce-scatter: sums the gradients of all ranks over this rank's shard, in fp32, in ascending
   * order of ranks. When it returns, the gradient may be changed.
   *
   * @param gradient this rank's gradient {@code [size]}, fp32, contiguous
   * @param shard takes the sum {@code [length of the shard]}; shares no memory with a gradient
   */
  void sum(Tensor gradient, Tensor shard);

  /** All-gather of small messages, in order of ranks. */
  List<byte[]> gather(byte[] mine);

  /**
   * All-gather in place: the shard that each rank has changed in the flat buffer of its process
   * reaches the flat buffer of every process. In one process it is a meeting only.
   *
   * @param flat the weights {@code [size]} that all ranks of this process share, fp32, contiguous
   */
  void share(Tensor flat);

  /**
   * All-gather of parts of equal length. When it returns, the part may be changed.
   *
   * @param part this rank's part {@code [m]}, contiguous, of any floating type
   * @param whole takes the parts of all ranks in their order {@code [count * m]}; contiguous, of
   *     the same type; shares no memory with a part
   */
  void gatherParts(Tensor part, Tensor whole);

  /**
   * Reduce-scatter of what {@link #gatherParts} gathers: sums the wholes of all ranks over this
   * rank's part, in their type, in ascending order of ranks. When it returns, the whole may be
   * changed.
   *
   * @param whole {@code [count * m]}, contiguous, of any floating type
   * @param part takes the sum {@code [m]}, of the same type; shares no memory with a whole
   */
  void sumParts(Tensor whole, Tensor part);

  /**
   * Frees the other ranks of this process, which throw with this cause; the first cause stays. To
   * be called before {@link #close}, which frees those of other processes: what a
   * try-with-resources catches itself comes too late.
   */
  void fail(Throwable cause);

  /** Leaves, and frees what this rank holds; whoever still waits for it throws. */
  @Override
  void close();
}
