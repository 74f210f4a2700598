package dev.mirrorspark.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.sandbox.RunJson.BadRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sandbox as a service over HTTP (Kimi k1.5, 2.6.4): {@code POST /run} judges a program, {@code
 * GET /health} tells how it stands; JSON both ways.
 *
 * <p>Answers: 200 with an outcome; 400, 401, 404, 405, 413 for requests to mend; 429 with {@code
 * Retry-After} while the queue is full; 503 with {@code Retry-After} where the sandbox failed.
 */
public final class SandboxServer implements AutoCloseable {
  private static final int SPARE_THREADS = 16;
  private static final String RETRY_SECONDS = "1";

  /**
   * Settings of the service.
   *
   * @param port 0: any that is free
   * @param queue requests that wait while all slots are taken; more are refused
   * @param token what {@code Authorization: Bearer} has to give; empty: nothing
   * @param maxRequestKb largest body, in KiB
   */
  public record Settings(
      String host, int port, int queue, Optional<String> token, int maxRequestKb) {}

  private final Runner runner;
  private final Limits limits;
  private final Settings settings;
  private final HttpServer server;
  private final ExecutorService threads;
  private final AtomicInteger taken = new AtomicInteger();

  private SandboxServer(Runner runner, Limits limits, Settings settings, HttpServer server) {
    this.runner = runner;
    this.limits = limits;
    this.settings = settings;
    this.server = server;
    this.threads =
        new ThreadPoolExecutor(
            2,
            runner.slots() + settings.queue() + SPARE_THREADS,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>());
  }

  /**
   * Starts to serve.
   *
   * @param limits of a program, which a request may lower
   * @throws UserError if the address is not a local one and there is no token, or cannot be had
   */
  public static SandboxServer start(Runner runner, Limits limits, Settings settings) {
    var address = new InetSocketAddress(settings.host(), settings.port());
    if (address.isUnresolved()) {
      throw new UserError("--host: no address of name " + settings.host());
    }
    if (!address.getAddress().isLoopbackAddress() && settings.token().isEmpty()) {
      throw new UserError(
          "--host: %s can be reached from other machines, which takes a token; set"
                  .formatted(settings.host())
              + " MIRRORSPARK_SANDBOX_TOKEN, or serve 127.0.0.1");
    }
    try {
      var http = HttpServer.create(address, 0);
      var server = new SandboxServer(runner, limits, settings, http);
      http.setExecutor(server.threads);
      http.createContext("/", server::answer);
      http.start();
      return server;
    } catch (IOException e) {
      throw new UserError(
          "--port: %s:%d cannot be served (%s); choose another"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  /** The port that is served. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String method = exchange.getRequestMethod();
      if (!path.equals("/run") && !path.equals("/health")) {
        refuse(exchange, 404, "no such path; there are POST /run and GET /health");
      } else if (!method.equals(path.equals("/run") ? "POST" : "GET")) {
        refuse(exchange, 405, "the methods are POST /run and GET /health");
      } else if (!admitted(exchange)) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
        refuse(exchange, 401, "the header Authorization: Bearer TOKEN is missing or wrong");
      } else if (path.equals("/health")) {
        send(exchange, 200, health());
      } else if (taken.incrementAndGet() > runner.slots() + settings.queue()) {
        taken.decrementAndGet();
        exchange.getResponseHeaders().set("Retry-After", RETRY_SECONDS);
        refuse(
            exchange,
            429,
            "%d programs run or wait already; try again later"
                .formatted(runner.slots() + settings.queue()));
      } else {
        try {
          run(exchange);
        } finally {
          taken.decrementAndGet();
        }
      }
    }
  }

  private boolean admitted(HttpExchange exchange) {
    String given =
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
    // takes the same time wherever the first difference is
    return settings.token().isEmpty()
        || MessageDigest.isEqual(bytes("Bearer " + settings.token().get()), bytes(given));
  }

  private void run(HttpExchange exchange) throws IOException {
    int most = settings.maxRequestKb() * 1024;
    byte[] body = exchange.getRequestBody().readNBytes(most + 1);
    if (body.length > most) {
      refuse(exchange, 413, "the body is larger than %d KiB".formatted(settings.maxRequestKb()));
      return;
    }
    try {
      Outcome outcome = runner.judge(RunJson.run(body, limits));
      boolean failed = outcome.verdict() == ProgramVerdict.ERROR;
      if (failed) {
        exchange.getResponseHeaders().set("Retry-After", RETRY_SECONDS);
      }
      send(exchange, failed ? 503 : 200, RunJson.json(outcome));
    } catch (BadRequest | UserError e) {
      refuse(exchange, 400, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      refuse(exchange, 503, "the service is ending");
    } catch (RuntimeException e) {
      refuse(exchange, 500, e.toString());
    }
  }

  private ObjectNode health() {
    var json =
        RunJson.JSON
            .createObjectNode()
            .put("status", "ok")
            .put("slots", runner.slots())
            .put("taken", taken.get())
            .put("queue", settings.queue());
    var languages = json.putArray("languages");
    runner.languages().forEach(languages::add);
    return json;
  }

  private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
    send(exchange, status, RunJson.JSON.createObjectNode().put("error", why));
  }

  private static void send(HttpExchange exchange, int status, ObjectNode json) throws IOException {
    byte[] body = bytes(json + "\n");
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
