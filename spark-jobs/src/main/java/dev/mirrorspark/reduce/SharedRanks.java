package dev.mirrorspark.reduce;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
    guarded(
        () -> {
          FixedOrder.check("gradient", gradient, shards.size(), ScalarType.Float);
          FixedOrder.check("shard", shard, shards.length(rank), ScalarType.Float);
          reduce(shards, gradient, shard);
        });
  }

  @Override
  public void sumParts(Tensor whole, Tensor part) {
    guarded(
        () -> {
          FixedOrder.checkParts(whole, part, count());
          reduce(new Shards(whole.numel(), count()), whole, part);
        });
  }

  private void reduce(Shards cuts, Tensor whole, Tensor part) {
    FixedOrder.settle(whole);
    List<FixedOrder.Piece> pieces = new ArrayList<>();
    for (Object other : room.exchange(rank, whole, killed)) {
      pieces.add(new FixedOrder.Piece((Tensor) other, cuts.from(rank)));
    }
    FixedOrder.sum(pieces, part, 0, cuts.length(rank));
    FixedOrder.settle(part);
    room.meet(rank, killed);
  }

  @Override
  public void gatherParts(Tensor part, Tensor whole) {
    guarded(
        () -> {
          FixedOrder.checkParts(whole, part, count());
          FixedOrder.settle(part);
          List<Object> parts = room.exchange(rank, part, killed);
          try (var scope = new PointerScope()) {
            for (int other = 0; other < parts.size(); other++) {
              whole.narrow(0, other * part.numel(), part.numel()).copy_((Tensor) parts.get(other));
            }
          }
          FixedOrder.settle(whole);
          room.meet(rank, killed);
        });
  }

  /** Does it, or makes all ranks throw with the first cause. */
  private void guarded(Runnable work) {
    try {
      work.run();
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
    guarded(
        () -> {
          FixedOrder.check("flat", flat, shards.size(), ScalarType.Float);
          FixedOrder.settle(flat);
          room.meet(rank, killed);
        });
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
