package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.sandbox.RunJson.BadRequest;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
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
  private static final int BACKLOG = 1024;
  private static final int HEAD_BYTES = 16 * 1024;
  private static final int PIECE_BYTES = 64 * 1024;

  /** How long replies have to leave once nothing runs any more, in milliseconds. */
  private static final int REPLIES_LEAVE_MS = 5000;

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

  private final Requests requests;
  private final Settings settings;
  private final Admission admission;
  private final RunQueue queue;

  /** Reads bodies, so that one to mend is told so at once; what is to run waits for its turn. */
  private final ExecutorService reader =
      Executors.newFixedThreadPool(1, new DefaultThreadFactory("sandbox-reader", true));

  private final NioEventLoopGroup network =
      new NioEventLoopGroup(1, new DefaultThreadFactory("sandbox-http", true));
  private final Connection.Times times;

  private final OpenConnections connections;
  private Channel door;
  private volatile boolean ends;

  private SandboxServer(
      Runner runner,
      Limits limits,
      Settings settings,
      BinaryOperator<String> program,
      Connection.Times times) {
    this.requests = new Requests(runner, limits, program);
    this.settings = settings;
    this.admission = new Admission(settings);
    this.queue = new RunQueue(runner.slots(), settings.queue());
    this.times = times;
    this.connections =
        new OpenConnections(
            Math.max(2L * admission.mostBytes(), Runtime.getRuntime().maxMemory() / 4));
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
    var server = new SandboxServer(runner, limits, settings, program, times);
    try {
      server.listen(address);
      return server;
    } catch (InterruptedException e) {
      server.close();
      Thread.currentThread().interrupt();
      throw new UserError("--port: interrupted before it was served; start again", e);
    } catch (Exception e) { // Netty throws what is checked unseen
      server.close();
      throw new UserError(
          "--port: %s:%d cannot be served (%s); choose another"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  private void listen(InetSocketAddress address) throws InterruptedException {
    door =
        new ServerBootstrap()
            .group(network)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpServerCodec(HEAD_BYTES, HEAD_BYTES, PIECE_BYTES))
                        .addLast(new Connection(SandboxServer.this, connections, times));
                  }
                })
            .bind(address)
            .sync()
            .channel();
  }

  /** The port that is served. */
  public int port() {
    return ((InetSocketAddress) door.localAddress()).getPort();
  }

  /** Whether it takes nothing more. */
  boolean ends() {
    return ends;
  }

  /** Bytes of requests and replies that are kept. */
  long held() {
    return connections.held();
  }

  int mostBytes() {
    return admission.mostBytes();
  }

  Reply tooLarge() {
    return admission.tooLarge().orElseThrow();
  }

  /** Why a request is not taken, by its head; empty: it is. */
  Optional<Reply> refusal(HttpRequest request) {
    Optional<Reply> refusal = admission.refusal(request);
    if (refusal.isPresent()) {
      return refusal;
    }
    if (ends) {
      return Optional.of(Reply.ending());
    }
    boolean runs = ServicePath.of(request).orElseThrow().runs();
    return runs && queue.full() ? Optional.of(queue.fullReply()) : Optional.empty();
  }

  /** Answers a request that has come as a whole. */
  void handle(Connection client, ServicePath endpoint, byte[] body) {
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
      Callable<Reply> unlessFull = () -> connections.full() ? Reply.memoryIsFull() : request.call();
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
    if (ends) {
      return;
    }
    ends = true;
    try {
      if (door != null) {
        door.close().sync();
      }
      reader.shutdown();
      reader.awaitTermination(1, TimeUnit.SECONDS);
      queue.end(seconds);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REPLIES_LEAVE_MS);
      while (connections.held() > 0 && System.nanoTime() < end) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      reader.shutdownNow();
      network.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5000);
    }
  }

  /** Ends it at once. */
  @Override
  public void close() {
    drain(0);
  }
}
