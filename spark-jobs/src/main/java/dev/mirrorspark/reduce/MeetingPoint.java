package dev.mirrorspark.reduce;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;

/**
 * A port of this machine at which the members of a process group tell each other their addresses.
 * It listens from the start of an update until its ranks are connected.
 */
final class MeetingPoint implements AutoCloseable {
  private final TCPStore store;

  private MeetingPoint(TCPStore store) {
    this.store = store;
  }

  static MeetingPoint open() {
    return new MeetingPoint(store("localhost", 0, true));
  }

  /** A store that serves, or one that asks the server. */
  static TCPStore store(String host, int port, boolean serves) {
    try (var scope = new PointerScope();
        var timeout = new Milliseconds(Wire.CONNECT_MS);
        var options = new TCPStoreOptions()) {
      options.port((short) port).isServer(serves).waitWorkers(false).timeout(timeout);
      var store = new TCPStore(host, options);
      store.retainReference();
      return store;
    }
  }

  int port() {
    return Short.toUnsignedInt(store.getPort());
  }

  @Override
  public void close() {
    store.close();
  }
}
