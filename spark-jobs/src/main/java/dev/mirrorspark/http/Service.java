package dev.mirrorspark.http;

import java.util.List;
import java.util.Optional;

/** What is served over HTTP. Called on the network's one thread, which must never wait. */
public interface Service {

  /** The paths. */
  List<ServedPath> paths();

  /** Why a request to that path is not taken now, before its body is read; empty: it is. */
  Optional<Reply> refusal(ServedPath path);

  /** Answers a request that has come as a whole, by one {@link Connection#reply}. */
  void handle(Connection client, ServedPath path, byte[] body);
}
