package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;

/** The service in front of a runner that runs nothing, and what its tests ask it with. */
abstract class ServedRunner {
  static final Limits MOST = new Limits(10, 20, 512, 64, 1024, 64);

  final FakeRunner runner = new FakeRunner();
  final HttpClient client = HttpClient.newHttpClient();
  SandboxServer server;

  /** Runs nothing: two slots, and each judgement waits until it is let go. */
  static final class FakeRunner implements Runner {
    final Semaphore slots = new Semaphore(2);
    final Semaphore letGo = new Semaphore(0);
    final CountDownLatch busy = new CountDownLatch(2);
    final List<Run> seen = new ArrayList<>();

    @Override
    public Outcome judge(Run run) throws InterruptedException {
      slots.acquire();
      try {
        synchronized (seen) {
          seen.add(run);
        }
        busy.countDown();
        letGo.acquire();
        return switch (run.source()) {
          case "fails" -> Outcome.error("no box", 1);
          case "unknown" -> throw new UserError("no such language");
          case "throws" -> throw new IllegalStateException("a bug");
          case "large" ->
              new Outcome(ProgramVerdict.PASSED, "", 0, "x".repeat(4 << 20), "", 0.5, 7);
          default -> new Outcome(ProgramVerdict.WRONG_ANSWER, "token 1", 0, "out", "err", 0.5, 7);
        };
      } finally {
        slots.release();
      }
    }

    @Override
    public Set<String> languages() {
      return Set.of("python");
    }

    @Override
    public int slots() {
      return 2;
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  void start(int queue, Optional<String> token) {
    server =
        SandboxServer.start(
            runner, MOST, new SandboxServer.Settings("127.0.0.1", 0, queue, token, 64));
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path));
  }

  HttpRequest request(String body) {
    return HttpRequest.newBuilder(uri("/run")).POST(BodyPublishers.ofString(body)).build();
  }

  HttpResponse<String> post(String body) throws Exception {
    return client.send(request(body), BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, Optional<String> authorization) throws Exception {
    var request = HttpRequest.newBuilder(uri(path));
    authorization.ifPresent(value -> request.header("Authorization", value));
    return client.send(request.build(), BodyHandlers.ofString());
  }

  int taken() throws Exception {
    return RunJson.JSON.readTree(get("/health", Optional.empty()).body()).get("taken").asInt();
  }

  Socket connect() throws IOException {
    var socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(String path, String head, String body) {
    return "POST %s HTTP/1.1\r\n%s\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, head, bytes(body).length, body);
  }

  /** What the service answers to a request as it stands. */
  String raw(String path, String head, String body) throws IOException {
    try (var socket = connect()) {
      socket.getOutputStream().write(bytes(text(path, head, body)));
      return reply(socket);
    }
  }

  /** What can be read at once, a head at least. */
  static String reply(Socket socket) throws IOException {
    var buffer = new byte[1 << 16];
    int n = socket.getInputStream().read(buffer);
    return n < 0 ? "" : new String(buffer, 0, n, StandardCharsets.UTF_8);
  }

  static String status(String reply) {
    return reply.split(" ")[1];
  }
}
