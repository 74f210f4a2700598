package dev.mirrorspark.reduce;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Ranks in several processes. Each sends the pieces of its gradient to the ranks that own them,
 * straight from the gradient, and the owner adds what arrives in the order of ranks; ranks of one
 * process read each other's gradients in place. Weights arrive where they belong, once for each
 * process. What has arrived and is not added yet takes at most 64 MiB, whatever the model's size.
 */
public final class ProcessRanks implements Ranks {
  /** Elements that a rank receives at once, from one peer and from all. */
  private static final long OF_A_PEER = 1 << 20;

  private static final long OF_ALL_PEERS = 1 << 23;

  /** How long a rank that lost another waits to be killed, so that the first cause is reported. */
  private static final long GRACE_MS = 2_000;

  private final int rank;
  private final Shards shards;
  private final Room room;
  private final Neighbours neighbours;
  private final Wire wire;
  private final BooleanSupplier killed;
  private final List<Integer> elsewhere;
  private final long chunk;
  private final ReentrantLock busy = new ReentrantLock();
  private volatile boolean closing;
  private Tensor arrived = new Tensor();

  ProcessRanks(
      int rank,
      Shards shards,
      Room room,
      Neighbours neighbours,
      Wire wire,
      BooleanSupplier killed) {
    this.rank = rank;
    this.shards = shards;
    this.room = room;
    this.neighbours = neighbours;
    this.wire = wire;
    this.killed = killed;
    this.elsewhere = neighbours.elsewhere();
    this.chunk = Math.max(1, Math.min(OF_A_PEER, OF_ALL_PEERS / shards.count()));
    wire.watch(() -> closing || killed.getAsBoolean() || room.hasFailed(), "rank-watch-" + rank);
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
    together(
        () -> {
          FixedOrder.check("gradient", gradient, shards.size(), ScalarType.Float);
          FixedOrder.check("shard", shard, shards.length(rank), ScalarType.Float);
          makeSpace(gradient);
          reduce(shards, gradient, shard, arrived);
        });
  }

  @Override
  public void sumParts(Tensor whole, Tensor part) {
    together(
        () -> {
          FixedOrder.checkParts(whole, part, count());
          var cuts = new Shards(whole.numel(), count());
          try (var scope = new PointerScope()) {
            reduce(cuts, whole, part, whole.new_empty(2 * elsewhere.size() * longest(cuts)));
          }
        });
  }

  private void reduce(Shards cuts, Tensor whole, Tensor part, Tensor space) {
    FixedOrder.settle(whole);
    List<Object> here = meet(whole);
    inWaves(
        cuts,
        wave -> exchangePieces(cuts, whole, space, wave),
        wave ->
            FixedOrder.sum(
                pieces(cuts, here, space, wave), part, wave * chunk, length(cuts, rank, wave)));
    FixedOrder.settle(part);
    meet(true);
  }

  /** To each rank elsewhere what it owns; from each what this rank owns, to a place of its own. */
  private Wire.Wave exchangePieces(Shards cuts, Tensor whole, Tensor space, long wave) {
    List<Wire.Parcel> in = new ArrayList<>();
    for (int peer : elsewhere) {
      in.add(new Wire.Parcel(peer, space, place(cuts, peer, wave), length(cuts, rank, wave)));
    }
    return wire.exchange(
        elsewhere.stream().map(peer -> ofShard(cuts, peer, peer, whole, wave)).toList(), in);
  }

  /** By rank, where its piece of this rank's shard lies. */
  private List<FixedOrder.Piece> pieces(Shards cuts, List<Object> here, Tensor space, long wave) {
    List<FixedOrder.Piece> pieces = new ArrayList<>();
    for (int other = 0; other < cuts.count(); other++) {
      int member = neighbours.here().indexOf(other);
      pieces.add(
          member < 0
              ? new FixedOrder.Piece(space, place(cuts, other, wave))
              : new FixedOrder.Piece((Tensor) here.get(member), cuts.from(rank) + wave * chunk));
    }
    return pieces;
  }

  /** Where in the space for arrivals a peer's piece goes: two waves are under way. */
  private long place(Shards cuts, int peer, long wave) {
    return (wave % 2 * elsewhere.size() + elsewhere.indexOf(peer)) * longest(cuts);
  }

  private long longest(Shards cuts) {
    return Math.min(chunk, cuts.size() / cuts.count() + 1);
  }

  @Override
  public void gatherParts(Tensor part, Tensor whole) {
    together(
        () -> {
          FixedOrder.checkParts(whole, part, count());
          FixedOrder.settle(part);
          List<Object> here = meet(part);
          long length = part.numel();
          var wave =
              wire.exchange(
                  toAll(part),
                  elsewhere.stream()
                      .map(peer -> new Wire.Parcel(peer, whole, peer * length, length))
                      .toList());
          try (var scope = new PointerScope()) {
            for (int member = 0; member < here.size(); member++) {
              long from = neighbours.here().get(member) * length;
              whole.narrow(0, from, length).copy_((Tensor) here.get(member));
            }
            wave.await();
          } finally {
            wave.drop();
          }
          meet(true);
        });
  }

  private void makeSpace(Tensor gradient) {
    if (!arrived.defined()) {
      try (var scope = new PointerScope()) {
        arrived.close();
        arrived =
            torch.empty(
                new long[] {2 * elsewhere.size() * longest(shards)},
                new TensorOptions(ScalarType.Float).device(new DeviceOptional(gradient.device())),
                new MemoryFormatOptional());
        arrived.retainReference();
      }
    }
  }

  @Override
  public void share(Tensor flat) {
    together(
        () -> {
          FixedOrder.check("flat", flat, shards.size(), ScalarType.Float);
          FixedOrder.settle(flat);
          meet(true);
          List<Integer> takers = neighbours.takersOf(rank);
          List<Integer> taken = neighbours.takenBy(rank);
          inWaves(
              shards,
              wave ->
                  wire.exchange(
                      takers.stream().map(peer -> ofShard(shards, peer, rank, flat, wave)).toList(),
                      taken.stream().map(peer -> ofShard(shards, peer, peer, flat, wave)).toList()),
              wave -> {});
          FixedOrder.settle(flat);
          meet(true);
        });
  }

  private Wire.Parcel ofShard(Shards cuts, int peer, int shard, Tensor flat, long wave) {
    return new Wire.Parcel(peer, flat, cuts.from(shard) + wave * chunk, length(cuts, shard, wave));
  }

  /** Elements of a shard in a wave; none behind its end. */
  private long length(Shards cuts, int shard, long wave) {
    return Math.max(0, Math.min(chunk, cuts.length(shard) - wave * chunk));
  }

  /** Chunk by chunk, the next one under way while one is worked on. */
  private void inWaves(Shards cuts, LongFunction<Wire.Wave> start, LongConsumer done) {
    long waves = (cuts.size() / cuts.count() + chunk) / chunk;
    var underWay = new ArrayDeque<Wire.Wave>();
    try {
      for (long wave = 0; wave <= waves; wave++) {
        if (wave < waves) {
          underWay.add(start.apply(wave));
        }
        if (wave > 0) {
          underWay.remove().await();
          done.accept(wave - 1);
        }
      }
    } finally {
      underWay.forEach(Wire.Wave::drop);
    }
  }

  @Override
  public List<byte[]> gather(byte[] mine) {
    List<byte[]> all = new ArrayList<>();
    together(
        () -> {
          List<Object> here = meet(mine);
          List<byte[]> there = exchangeBytes(mine);
          for (int other = 0; other < shards.count(); other++) {
            int member = neighbours.here().indexOf(other);
            all.add(member < 0 ? there.get(elsewhere.indexOf(other)) : (byte[]) here.get(member));
          }
        });
    return all;
  }

  private List<byte[]> exchangeBytes(byte[] mine) {
    try (var scope = new PointerScope()) {
      Tensor length = empty(ScalarType.Long, 1);
      length.data_ptr_long().put(mine.length);
      Tensor lengths = empty(ScalarType.Long, elsewhere.size());
      List<Wire.Parcel> in = new ArrayList<>();
      for (int peer : elsewhere) {
        in.add(new Wire.Parcel(peer, lengths, in.size(), 1));
      }
      wire.exchange(toAll(length), in).await();
      Tensor bytes = empty(ScalarType.Byte, mine.length);
      if (mine.length > 0) {
        bytes.data_ptr_byte().put(mine);
      }
      in.clear();
      for (int peer : elsewhere) {
        long theirs = lengths.data_ptr_long().get(in.size());
        in.add(new Wire.Parcel(peer, empty(ScalarType.Byte, theirs), 0, theirs));
      }
      wire.exchange(toAll(bytes), in).await();
      return in.stream().map(ProcessRanks::bytes).toList();
    }
  }

  private List<Wire.Parcel> toAll(Tensor message) {
    return elsewhere.stream()
        .map(peer -> new Wire.Parcel(peer, message, 0, message.numel()))
        .toList();
  }

  private static Tensor empty(ScalarType type, long length) {
    return torch.empty(new long[] {length}, new TensorOptions(type), new MemoryFormatOptional());
  }

  private static byte[] bytes(Wire.Parcel parcel) {
    byte[] bytes = new byte[Math.toIntExact(parcel.length())];
    if (bytes.length > 0) {
      parcel.tensor().data_ptr_byte().get(bytes);
    }
    return bytes;
  }

  private List<Object> meet(Object value) {
    return room.exchange(neighbours.here().indexOf(rank), value, killed);
  }

  /** Does it, or makes all ranks of this process throw with the first cause. */
  private void together(Runnable work) {
    busy.lock();
    try {
      if (closing) {
        throw new RankFailure("rank " + rank + " is closed", null);
      }
      work.run();
    } catch (Wire.Lost e) {
      RankFailure failure = lost(e);
      room.fail(rank, failure);
      throw failure;
    } catch (RuntimeException e) {
      room.fail(rank, e);
      throw e;
    } finally {
      busy.unlock();
    }
  }

  private RankFailure lost(Wire.Lost lost) {
    long end = System.nanoTime() + GRACE_MS * 1_000_000;
    try {
      while (System.nanoTime() < end) {
        room.check(killed);
        if (closing) {
          return new RankFailure("rank " + rank + " was closed", lost);
        }
        Thread.sleep(20);
      }
    } catch (RankFailure first) {
      return first;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new RankFailure(
        "rank %d lost rank %d: %s".formatted(rank, lost.peer(), lost.getMessage()), lost);
  }

  @Override
  public void fail(Throwable cause) {
    room.fail(rank, cause);
  }

  /** Leaves; the ranks of other processes notice as the connections close. */
  @Override
  public void close() {
    closing = true;
    room.leave(rank);
    busy.lock();
    try {
      wire.close();
      arrived.close();
    } finally {
      busy.unlock();
    }
  }
}
