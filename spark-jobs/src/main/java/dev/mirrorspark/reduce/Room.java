package dev.mirrorspark.reduce;

import java.util.List;
import java.util.function.BooleanSupplier;

/** Where the ranks of one process meet: each brings a value and takes away those of all. */
final class Room {
  private static final long LOOK_MS = 50;

  private final Object[] brought;
  private List<Object> taken = List.of();
  private int arrived;
  private long meetings;
  private RankFailure failure;
  private RankFailure departure;

  Room(int members) {
    brought = new Object[members];
  }

  /** Waits for all members; returns what they brought, by member. */
  synchronized List<Object> exchange(int member, Object value, BooleanSupplier killed) {
    check(killed);
    brought[member] = value;
    arrived++;
    if (arrived == brought.length) {
      taken = List.of(brought);
      arrived = 0;
      meetings++;
      notifyAll();
      return taken;
    }
    long meeting = meetings;
    while (true) {
      try {
        wait(LOOK_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (meetings > meeting) {
        return taken;
      }
      check(killed);
    }
  }

  void meet(int member, BooleanSupplier killed) {
    exchange(member, true, killed);
  }

  /** Throws if a member has failed or left, or if the caller was killed, which ends all members. */
  synchronized void check(BooleanSupplier killed) {
    if (failure == null && (killed.getAsBoolean() || Thread.currentThread().isInterrupted())) {
      failure = new RankFailure("the task was killed", null);
      notifyAll();
    }
    if (failure != null) {
      throw new RankFailure(failure.getMessage(), failure.getCause());
    }
    if (departure != null) {
      throw new RankFailure(departure.getMessage(), departure.getCause());
    }
  }

  /** Whether a member has failed: what is under way cannot end. */
  synchronized boolean hasFailed() {
    return failure != null;
  }

  synchronized void fail(int rank, Throwable cause) {
    if (failure == null) {
      failure =
          cause instanceof RankFailure ended
              ? ended
              : new RankFailure("rank " + rank + " failed: " + cause, cause);
      notifyAll();
    }
  }

  /** A member goes: a meeting that is not complete will never be. */
  synchronized void leave(int rank) {
    if (departure == null) {
      departure = new RankFailure("rank " + rank + " left before the others", null);
      notifyAll();
    }
  }
}
