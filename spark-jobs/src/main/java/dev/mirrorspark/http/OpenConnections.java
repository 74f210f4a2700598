package dev.mirrorspark.http;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The connections of a service, in the order in which they came, and the memory that their requests
 * and replies take. Both are bounded: those that have waited longest make room for others.
 *
 * <p>The connections are the network thread's alone; the memory may be asked for on any thread.
 */
final class OpenConnections {
  private static final int MOST = 1024;

  private final Set<Connection> connections = new LinkedHashSet<>();
  private final AtomicLong held = new AtomicLong();
  private final long mostHeld;

  OpenConnections(long mostHeld) {
    this.mostHeld = mostHeld;
  }

  /**
   * A connection has come: one that waits, the oldest, makes room for it.
   *
   * @return whether there is room
   */
  boolean opened(Connection connection) {
    if (connections.size() >= MOST) {
      connections.stream()
          .filter(Connection::waits)
          .findFirst()
          .ifPresent(
              oldest -> {
                connections.remove(oldest);
                oldest.end();
              });
    }
    boolean room = connections.size() < MOST;
    connections.add(connection);
    return room;
  }

  void closed(Connection connection) {
    connections.remove(connection);
  }

  /** Bytes of requests and replies that are kept. */
  long held() {
    return held.get();
  }

  /** Counts bytes of requests and replies; false where there is no room for a request's. */
  boolean hold(long bytes) {
    return held.addAndGet(bytes) <= mostHeld;
  }

  /** Ends connections whose clients read nothing, the oldest first, while they fill the memory. */
  void makeRoom() {
    while (full()) {
      Optional<Connection> stuck = connections.stream().filter(Connection::stuck).findFirst();
      if (stuck.isEmpty()) {
        return;
      }
      connections.remove(stuck.get());
      stuck.get().end();
    }
  }

  /** Whether no request has room any more. */
  boolean full() {
    return held.get() > mostHeld;
  }
}
