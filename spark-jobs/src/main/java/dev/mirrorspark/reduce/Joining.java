package dev.mirrorspark.reduce;

import dev.mirrorspark.config.UserError;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** How the ranks of an update find each other. */
final class Joining {
  /** Rooms that not all tasks of this process have found yet. */
  private static final Map<String, Door> DOORS = new HashMap<>();

  private Joining() {}

  private static final class Door {
    final Room room;
    int missing;

    Door(int members, int tasks) {
      room = new Room(members);
      missing = tasks;
    }
  }

  static List<Ranks> join(Seat seat, long size, int count, boolean cuda) {
    var shards = new Shards(size, count);
    List<Integer> ofProcess =
        IntStream.range(0, count)
            .filter(rank -> seat.processOf(rank, count).equals(seat.process()))
            .boxed()
            .toList();
    List<Integer> ofTask =
        ofProcess.stream().filter(rank -> seat.taskOf(rank, count) == seat.task()).toList();
    Room room = enter(seat, ofProcess.size());
    try {
      if (new HashSet<>(seat.processes()).size() == 1) {
        return ofTask.stream()
            .<Ranks>map(rank -> new SharedRanks(rank, shards, room, seat.killed()))
            .toList();
      }
      if (cuda) {
        throw new UserError(
            "model.device = cuda: the ranks of an update run in several executors, which is not"
                + " there yet on GPUs; start one executor (--num-executors 1), or set"
                + " update.ranks to as many as one executor takes");
      }
      return connect(seat, shards, ofProcess, ofTask, room, cuda);
    } catch (RuntimeException e) {
      forget(seat);
      room.fail(ofTask.isEmpty() ? -1 : ofTask.get(0), e);
      throw e;
    }
  }

  private static String door(Seat seat) {
    return seat.update() + " in " + seat.process();
  }

  /** The room of this update in this process, which its first task opens. */
  private static Room enter(Seat seat, int members) {
    synchronized (DOORS) {
      int tasks = (int) seat.processes().stream().filter(seat.process()::equals).count();
      Door door = DOORS.computeIfAbsent(door(seat), name -> new Door(members, tasks));
      door.missing--;
      if (door.missing == 0) {
        DOORS.remove(door(seat));
      }
      return door.room;
    }
  }

  private static void forget(Seat seat) {
    synchronized (DOORS) {
      DOORS.remove(door(seat));
    }
  }

  private static List<Ranks> connect(
      Seat seat,
      Shards shards,
      List<Integer> ofProcess,
      List<Integer> ofTask,
      Room room,
      boolean cuda) {
    try (var meetingPoint = seat.task() == 0 ? MeetingPoint.open() : null) {
      String mine = seat.host() + " " + (meetingPoint == null ? 0 : meetingPoint.port());
      List<String> all = seat.gather().of(mine);
      refuseLoopback(seat, all);
      String[] first = all.get(0).split(" ");
      var address = new Wire.Address(first[0], Integer.parseInt(first[1]));
      var neighbours =
          new Neighbours(
              ofProcess,
              IntStream.range(0, shards.count())
                  .mapToObj(rank -> seat.processOf(rank, shards.count()))
                  .toList());
      return connectAll(
          seat,
          ofTask,
          rank -> {
            var wire = Wire.connect(address, seat.host(), rank, shards.count(), cuda);
            var ranks = new ProcessRanks(rank, shards, room, neighbours, wire, seat.killed());
            try {
              ranks.gather(new byte[0]);
              return ranks;
            } catch (RuntimeException e) {
              ranks.close();
              throw e;
            }
          });
    }
  }

  private interface Opening {
    Ranks open(int rank);
  }

  /** Opens all ranks of a task side by side: each waits for all others. */
  private static List<Ranks> connectAll(Seat seat, List<Integer> ofTask, Opening opening) {
    if (ofTask.isEmpty()) {
      return List.of();
    }
    ExecutorService threads = Executors.newFixedThreadPool(ofTask.size());
    List<CompletableFuture<Ranks>> opened = new ArrayList<>();
    try {
      for (int rank : ofTask) {
        opened.add(CompletableFuture.supplyAsync(() -> opening.open(rank), threads));
      }
      return opened.stream().map(CompletableFuture::join).toList();
    } catch (CompletionException e) {
      opened.forEach(one -> one.thenAccept(Ranks::close));
      throw new RankFailure(
          "task %d cannot reach the other tasks of %s".formatted(seat.task(), seat.update()),
          e.getCause());
    } finally {
      threads.shutdown();
    }
  }

  /** A machine that takes its own name for the loopback address would wait where nobody calls. */
  private static void refuseLoopback(Seat seat, List<String> all) {
    boolean oneMachine = all.stream().map(one -> one.split(" ")[0]).distinct().count() == 1;
    try {
      if (!oneMachine && InetAddress.getByName(seat.host()).isLoopbackAddress()) {
        throw new UserError(
            ("%s means the loopback address on its own machine, where the other executors cannot"
                    + " reach it: set SPARK_LOCAL_IP (or SPARK_LOCAL_HOSTNAME) there to an address"
                    + " of the network, or mend its /etc/hosts")
                .formatted(seat.host()));
      }
    } catch (UnknownHostException e) {
      throw new UserError(
          ("%s is not known on its own machine, so that the ranks of an update cannot meet: set"
                  + " SPARK_LOCAL_IP there to an address of the network")
              .formatted(seat.host()));
    }
  }
}
