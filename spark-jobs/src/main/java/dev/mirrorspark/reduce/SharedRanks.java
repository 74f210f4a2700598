package dev.mirrorspark.reduce;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.bytedeco.pytorch.Tensor;

/** Ranks that are all threads of one process: each reads the gradients of the others in place. */
public final class SharedRanks implements Ranks {
  private final int rank;
  private final Shards shards;
  private final Room room;
  private final BooleanSupplier killed;

  SharedRanks(int rank, Shards shards, Room room, BooleanSupplier killed) {
    this.rank = rank;
    this.shards = shards;
    this.room = room;
    this.killed = killed;
  }

  /**
   * All ranks of an update in this process.
   *
   * @param size length of the flat buffer
   * @param killed whether the work is not wanted any more; asked 20 times a second by who waits
   */
  public static List<Ranks> of(long size, int count, BooleanSupplier killed) {
    var room = new Room(count);
    var shards = new Shards(size, count);
    List<Ranks> ranks = new ArrayList<>();
    for (int rank = 0; rank < count; rank++) {
      ranks.add(new SharedRanks(rank, shards, room, killed));
    }
    return List.copyOf(ranks);
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public Shards shards() {
    return shards;
  }

  @Override
  public void sum(Tensor gradient, Tensor shard) {
    try {
      FixedOrder.check("gradient", gradient, shards.size());
      FixedOrder.check("shard", shard, shards.length(rank));
      FixedOrder.settle(gradient);
      List<FixedOrder.Piece> pieces = new ArrayList<>();
      for (Object other : room.exchange(rank, gradient, killed)) {
        pieces.add(new FixedOrder.Piece((Tensor) other, shards.from(rank)));
      }
      FixedOrder.sum(pieces, shard, 0, shards.length(rank));
      FixedOrder.settle(shard);
      room.meet(rank, killed);
    } catch (RuntimeException e) {
      room.fail(rank, e);
      throw e;
    }
  }

  @Override
  public List<byte[]> gather(byte[] mine) {
    return room.exchange(rank, mine, killed).stream().map(byte[].class::cast).toList();
  }

  @Override
  public void share(Tensor flat) {
    try {
      FixedOrder.check("flat", flat, shards.size());
      FixedOrder.settle(flat);
      room.meet(rank, killed);
    } catch (RuntimeException e) {
      room.fail(rank, e);
      throw e;
    }
  }

  @Override
  public void fail(Throwable cause) {
    room.fail(rank, cause);
  }

  @Override
  public void close() {
    room.leave(rank);
  }
}
