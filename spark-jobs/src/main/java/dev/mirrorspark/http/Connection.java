package dev.mirrorspark.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * One client's connection: one request at a time, each step of it within a time that the client
 * cannot stretch. All of it happens on the service's one network thread, which never waits, so a
 * client that is slow or reads nothing costs a few bytes and no thread.
 */
public final class Connection extends SimpleChannelInboundHandler<HttpObject> {

  /** How long each step may take as a whole, in seconds. */
  public record Times(int head, int body, int reply, int idle, int farewell) {
    /** What a service has. */
    public static final Times USUAL = new Times(10, 30, 30, 60, 2);
  }

  private static final long STUCK_NS = TimeUnit.SECONDS.toNanos(2);

  private enum Step {
    HEAD,
    BODY,
    WORK,
    REPLY,
    /**
     * The last reply is on its way; what still comes is thrown away, so that no reset overtakes it.
     */
    FAREWELL
  }

  private final HttpServer server;
  private final OpenConnections all;
  private final Times times;
  private ChannelHandlerContext context;
  private Step step = Step.HEAD;
  private ServedPath endpoint;
  private boolean close;

  /** When the reply was sent. */
  private long since;

  private ByteArrayOutputStream body = new ByteArrayOutputStream();

  /** Bytes that this connection has of those that the service keeps in memory. */
  private long held;

  private Optional<ScheduledFuture<?>> deadline = Optional.empty();
  private Optional<Future<?>> work = Optional.empty();

  Connection(HttpServer server, OpenConnections all, Times times) {
    this.server = server;
    this.all = all;
    this.times = times;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    if (all.opened(this)) {
      within(times.head());
    } else {
      refuse(Reply.later(429, "too many connections are open; try again later"));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline.ifPresent(timer -> timer.cancel(false));
    work.ifPresent(running -> running.cancel(true));
    hold(-held);
    all.closed(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** Whether it can be closed without loss: no whole request has come, or no reply is due. */
  boolean waits() {
    return step == Step.HEAD || step == Step.BODY || step == Step.FAREWELL;
  }

  /**
   * Whether its client has not read a reply for so long that the memory is of more use to others.
   */
  boolean stuck() {
    return step == Step.REPLY && System.nanoTime() - since > STUCK_NS;
  }

  void end() {
    context.close();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (message.decoderResult().isFailure() && (step == Step.HEAD || step == Step.BODY)) {
      refuse(
          Reply.refusal(400, "no HTTP request: " + message.decoderResult().cause().getMessage()));
      return;
    }
    if (message instanceof HttpRequest request) {
      if (step == Step.HEAD) {
        head(request);
      } else {
        close = true; // a request ahead of the reply to the one before: it is not read
      }
    }
    if (message instanceof HttpContent content && step == Step.BODY) {
      body(content);
    }
  }

  private void head(HttpRequest request) {
    close = !HttpUtil.isKeepAlive(request);
    Optional<Reply> refusal = server.refusal(request);
    if (refusal.isPresent()) {
      refuse(refusal.get());
      return;
    }
    endpoint = server.path(request);
    body = new ByteArrayOutputStream();
    step = Step.BODY;
    within(times.body());
    if (HttpUtil.is100ContinueExpected(request)) {
      context.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private void body(HttpContent content) {
    int bytes = content.content().readableBytes();
    if (body.size() + bytes > server.mostBytes()) {
      refuse(server.tooLarge());
      return;
    }
    if (!hold(bytes)) {
      refuse(Reply.memoryIsFull());
      return;
    }
    body.writeBytes(ByteBufUtil.getBytes(content.content()));
    if (content instanceof LastHttpContent) {
      step = Step.WORK;
      deadline.ifPresent(timer -> timer.cancel(false));
      byte[] whole = body.toByteArray();
      body = new ByteArrayOutputStream();
      server.handle(this, endpoint, whole);
    }
  }

  /** Counts bytes that are kept; false where the service has no more room. */
  private boolean hold(long bytes) {
    held += bytes;
    return all.hold(bytes);
  }

  /** Remembers what works on the request, to be ended where the client is gone; on any thread. */
  public void worksOn(Future<?> running) {
    context
        .executor()
        .execute(
            () -> {
              work = Optional.of(running);
              if (!context.channel().isActive()) {
                running.cancel(true);
              }
            });
  }

  /** Replies to the request; on any thread. */
  public void reply(Reply reply) {
    context
        .executor()
        .execute(
            () -> {
              if (step == Step.WORK && context.channel().isActive()) {
                work = Optional.empty();
                hold(-held);
                send(reply);
              }
            });
  }

  private void refuse(Reply reply) {
    close = true;
    body = new ByteArrayOutputStream();
    hold(-held);
    send(reply);
  }

  private void send(Reply reply) {
    step = Step.REPLY;
    within(times.reply());
    since = System.nanoTime();
    hold(reply.body().length);
    all.makeRoom();
    context
        .writeAndFlush(reply.message(close || server.ends()))
        .addListener(
            sent -> {
              hold(-held);
              if (!sent.isSuccess()) {
                context.close();
              } else if (close || server.ends()) {
                farewell();
              } else {
                step = Step.HEAD;
                within(times.idle());
              }
            });
  }

  private void farewell() {
    step = Step.FAREWELL;
    ((SocketChannel) context.channel()).shutdownOutput();
    within(times.farewell());
  }

  private void within(int seconds) {
    deadline.ifPresent(timer -> timer.cancel(false));
    deadline = Optional.of(context.executor().schedule(this::late, seconds, TimeUnit.SECONDS));
  }

  private void late() {
    if (step == Step.BODY) {
      refuse(Reply.refusal(408, "the request did not come within %d s".formatted(times.body())));
    } else {
      context.close();
    }
  }
}
