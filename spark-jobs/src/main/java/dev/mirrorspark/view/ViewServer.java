package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.http.Door;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Serves the pages of a {@link Viewer} over HTTP, on this machine unless told otherwise. */
public final class ViewServer implements AutoCloseable {
  private static final int LINE_BYTES = 8 * 1024;
  private static final int HEAD_BYTES = 16 * 1024;
  private static final int BODY_BYTES = 1024;
  private static final int IDLE_SECONDS = 60;

  /** Pages that wait while others are made; more are told to come again. */
  private static final int WAITING = 64;

  private static final int MAKERS = 2;
  private static final int SHORTEST_TOKEN = 16;

  /**
   * Settings of the server.
   *
   * @param port 0: any that is free
   * @param names names of this host besides its addresses, under which it may be asked
   * @param token that visitors need; empty: none, which only an address of this machine allows
   */
  public record Settings(String host, int port, List<String> names, Optional<String> token) {
    public Settings {
      names = List.copyOf(names);
    }
  }

  private final Viewer viewer;
  private final NioEventLoopGroup network =
      new NioEventLoopGroup(1, new DefaultThreadFactory("view-http", true));
  private final ThreadPoolExecutor makers =
      new ThreadPoolExecutor(
          MAKERS,
          MAKERS,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING),
          new DefaultThreadFactory("view-page", true));
  private Channel door;
  private volatile Optional<Visitors> visitors = Optional.empty();

  private ViewServer(Viewer viewer) {
    this.viewer = viewer;
  }

  /**
   * Starts to serve.
   *
   * @throws UserError if the address can be reached from other machines and there is no token, the
   *     token is short, or the address cannot be had
   */
  public static ViewServer start(Viewer viewer, Settings settings) {
    var door =
        Door.of(settings.host(), settings.port(), settings.token(), "MIRRORSPARK_VIEW_TOKEN");
    if (settings.token().isPresent() && settings.token().get().length() < SHORTEST_TOKEN) {
      throw new UserError(
          "MIRRORSPARK_VIEW_TOKEN: must have %d characters or more".formatted(SHORTEST_TOKEN));
    }
    var server = new ViewServer(viewer);
    server.door = door.open(server.bootstrap(), server::close);
    server.visitors =
        Optional.of(
            new Visitors(
                door.address().getAddress(), server.port(), settings.names(), settings.token()));
    return server;
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap()
        .group(network)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel
                    .pipeline()
                    .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                    .addLast(new HttpServerCodec(LINE_BYTES, HEAD_BYTES, HEAD_BYTES))
                    .addLast(new HttpObjectAggregator(BODY_BYTES))
                    .addLast(new Visit(ViewServer.this));
              }
            });
  }

  /** The port that is served. */
  public int port() {
    return ((InetSocketAddress) door.localAddress()).getPort();
  }

  Optional<Visitors> visitors() {
    return visitors;
  }

  Viewer viewer() {
    return viewer;
  }

  ThreadPoolExecutor makers() {
    return makers;
  }

  /** Ends it at once; the viewer stays open. */
  @Override
  public void close() {
    if (door != null) {
      door.close().awaitUninterruptibly(1000);
    }
    makers.shutdownNow();
    network.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2000);
  }
}
