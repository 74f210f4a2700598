package dev.mirrorspark.http;

import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A path that is served.
 *
 * @param method {@code GET} or {@code POST}; the second takes a JSON body
 * @param path such as {@code /health}
 */
public record ServedPath(String method, String path) {

  /** The one that a request names, of those given. */
  static Optional<ServedPath> of(List<ServedPath> all, HttpRequest request) {
    String path = request.uri().split("\\?", 2)[0];
    return all.stream().filter(served -> served.path.equals(path)).findFirst();
  }

  /** All in words. */
  static String words(List<ServedPath> all) {
    return all.stream()
        .map(served -> served.method + " " + served.path)
        .collect(Collectors.joining(", "));
  }
}
