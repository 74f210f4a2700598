package dev.mirrorspark.http;

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
import java.util.concurrent.TimeUnit;

/** Serves a {@link Service} until it is ended. */
public final class HttpServer implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final int HEAD_BYTES = 16 * 1024;
  private static final int PIECE_BYTES = 64 * 1024;

  /** How long replies have to leave once nothing runs any more, in milliseconds. */
  private static final int REPLIES_LEAVE_MS = 5000;

  /**
   * Settings.
   *
   * @param port 0: any that is free
   * @param token what {@code Authorization: Bearer} has to give, or the password of {@code Basic};
   *     empty: nothing
   * @param tokenVariable the environment variable that holds it, for messages
   * @param maxRequestKb largest body, in KiB
   */
  public record Settings(
      String host, int port, Optional<String> token, String tokenVariable, int maxRequestKb) {}

  private final Service service;
  private final Settings settings;
  private final Admission admission;
  private final Connection.Times times;
  private final OpenConnections connections;
  private final NioEventLoopGroup network;
  private Channel door;
  private volatile boolean ends;

  private HttpServer(Service service, String name, Settings settings, Connection.Times times) {
    this.service = service;
    this.settings = settings;
    this.admission = new Admission(settings, service.paths());
    this.times = times;
    this.network = new NioEventLoopGroup(1, new DefaultThreadFactory(name + "-http", true));
    this.connections =
        new OpenConnections(
            Math.max(2L * admission.mostBytes(), Runtime.getRuntime().maxMemory() / 4));
  }

  /**
   * Starts to serve.
   *
   * @param name of its threads
   * @throws dev.mirrorspark.config.UserError if the address is not a local one and there is no
   *     token, or cannot be had
   */
  public static HttpServer start(
      Service service, String name, Settings settings, Connection.Times times) {
    var door =
        Door.of(settings.host(), settings.port(), settings.token(), settings.tokenVariable());
    var server = new HttpServer(service, name, settings, times);
    server.door = door.open(server.bootstrap(), server::close);
    return server;
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap()
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
                    .addLast(new Connection(HttpServer.this, connections, times));
              }
            });
  }

  /** The port that is served. */
  public int port() {
    return ((InetSocketAddress) door.localAddress()).getPort();
  }

  /** Whether it takes nothing more. */
  public boolean ends() {
    return ends;
  }

  /** Bytes of requests and replies that are kept. */
  public long held() {
    return connections.held();
  }

  /** Whether requests and replies fill the memory that they may take. */
  public boolean full() {
    return connections.full();
  }

  int mostBytes() {
    return admission.mostBytes();
  }

  Reply tooLarge() {
    return admission.tooLarge().orElseThrow();
  }

  /** The path of a request that is not refused. */
  ServedPath path(HttpRequest request) {
    return ServedPath.of(service.paths(), request).orElseThrow();
  }

  /** Why a request is not taken, by its head; empty: it is. */
  Optional<Reply> refusal(HttpRequest request) {
    Optional<Reply> refusal = admission.refusal(request);
    if (refusal.isPresent()) {
      return refusal;
    }
    return ends ? Optional.of(Reply.ending()) : service.refusal(path(request));
  }

  void handle(Connection client, ServedPath path, byte[] body) {
    service.handle(client, path, body);
  }

  /** Takes nothing more; what has come goes on. */
  public void endTaking() throws InterruptedException {
    ends = true;
    if (door != null) {
      door.close().sync();
    }
  }

  /** Lets the replies leave, and ends. */
  @Override
  public void close() {
    ends = true;
    try {
      if (door != null) {
        door.close().sync();
      }
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REPLIES_LEAVE_MS);
      while (connections.held() > 0 && System.nanoTime() < end) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      network.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5000);
    }
  }
}
