package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.http.Connection;
import dev.mirrorspark.http.HttpServer;
import dev.mirrorspark.http.Reply;
import dev.mirrorspark.http.ServedPath;
import dev.mirrorspark.http.Service;
import dev.mirrorspark.sandbox.RunJson.BadRequest;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BinaryOperator;

/**
 * The sandbox as a service over HTTP (Kimi k1.5, 2.6.4): {@code POST /run} judges a program, {@code
 * POST /run_code} and {@code POST /submit} do so in the form of SandboxFusion, {@code GET /health}
 * tells how it stands; JSON both ways.
 *
 * <p>Answers: 200 with an outcome; 400, 401, 403, 404, 405, 408, 413, 415 for requests to mend; 429
 * with {@code Retry-After} while the queue is full; 503 with {@code Retry-After} where the sandbox
 * failed or ends.
 */
public final class SandboxServer implements AutoCloseable {
  private static final String TOKEN = "MIRRORSPARK_SANDBOX_TOKEN";

  /**
   * Settings of the service.
   *
   * @param port 0: any that is free
   * @param queue requests that wait while all slots are taken; more are refused
   * @param token what {@code Authorization: Bearer} has to give, or the password of {@code Basic};
   *     empty: nothing
   * @param maxRequestKb largest body, in KiB
   */
  public record Settings(
      String host, int port, int queue, Optional<String> token, int maxRequestKb) {}

  /** What is served. */
  private final class Programs implements Service {
    @Override
    public List<ServedPath> paths() {
      return ServicePath.all();
    }

    @Override
    public Optional<Reply> refusal(ServedPath path) {
      return ServicePath.of(path).runs() && queue.full()
          ? Optional.of(queue.fullReply())
          : Optional.empty();
    }

    @Override
    public void handle(Connection client, ServedPath path, byte[] body) {
      SandboxServer.this.handle(client, ServicePath.of(path), body);
    }
  }

  private final Requests requests;
  private final Settings settings;
  private final RunQueue queue;

  /** Reads bodies, so that one to mend is told so at once; what is to run waits for its turn. */
  private final ExecutorService reader =
      Executors.newFixedThreadPool(1, new DefaultThreadFactory("sandbox-reader", true));

  private final HttpServer http;
  private boolean ended;

  private SandboxServer(
      Runner runner,
      Limits limits,
      Settings settings,
      BinaryOperator<String> program,
      Connection.Times times) {
    this.requests = new Requests(runner, limits, program);
    this.settings = settings;
    this.queue = new RunQueue(runner.slots(), settings.queue());
    var served =
        new HttpServer.Settings(
            settings.host(), settings.port(), settings.token(), TOKEN, settings.maxRequestKb());
    this.http = HttpServer.start(new Programs(), "sandbox", served, times);
  }

  /**
   * Starts to serve; a completion is a program as a whole.
   *
   * @param limits of a program, which a request may lower
   * @throws UserError if the address is not a local one and there is no token, or cannot be had
   */
  public static SandboxServer start(Runner runner, Limits limits, Settings settings) {
    return start(runner, limits, settings, (completion, language) -> completion);
  }

  /**
   * Starts to serve.
   *
   * @param limits of a program, which a request may lower
   * @param program finds the program in a completion, of a language
   * @throws UserError if the address is not a local one and there is no token, or cannot be had
   */
  public static SandboxServer start(
      Runner runner, Limits limits, Settings settings, BinaryOperator<String> program) {
    return start(runner, limits, settings, program, Connection.Times.USUAL);
  }

  static SandboxServer start(
      Runner runner,
      Limits limits,
      Settings settings,
      BinaryOperator<String> program,
      Connection.Times times) {
    return new SandboxServer(runner, limits, settings, program, times);
  }

  /** The port that is served. */
  public int port() {
    return http.port();
  }

  /** Whether it takes nothing more. */
  boolean ends() {
    return http.ends();
  }

  /** Bytes of requests and replies that are kept. */
  long held() {
    return http.held();
  }

  /** Answers a request that has come as a whole. */
  private void handle(Connection client, ServicePath endpoint, byte[] body) {
    if (!endpoint.runs()) {
      client.reply(requests.standing(endpoint, queue.taken(), settings.queue()));
      return;
    }
    try {
      reader.execute(() -> read(client, endpoint, body));
    } catch (RejectedExecutionException ending) {
      client.reply(Reply.ending());
    }
  }

  private void read(Connection client, ServicePath endpoint, byte[] body) {
    try {
      Callable<Reply> request = requests.read(endpoint, body);
      Callable<Reply> unlessFull = () -> http.full() ? Reply.memoryIsFull() : request.call();
      queue.take(unlessFull, client::reply).ifPresent(client::worksOn);
    } catch (BadRequest | UserError e) {
      client.reply(Reply.refusal(400, e.getMessage()));
    } catch (RuntimeException e) {
      client.reply(Reply.refusal(500, e.toString()));
    } catch (OutOfMemoryError e) {
      client.reply(Reply.later(503, "the request does not fit into memory: " + e.getMessage()));
    }
  }

  /**
   * Ends the service in good order: takes nothing more, lets what runs and waits come to its end,
   * and its replies leave.
   *
   * @param seconds for what runs; what is left then is told to come again
   */
  public synchronized void drain(double seconds) {
    if (ended) {
      return;
    }
    ended = true;
    try {
      http.endTaking();
      reader.shutdown();
      reader.awaitTermination(1, TimeUnit.SECONDS);
      queue.end(seconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      reader.shutdownNow();
      http.close();
    }
  }

  /** Ends it at once. */
  @Override
  public void close() {
    drain(0);
  }
}
