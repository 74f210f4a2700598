package dev.mirrorspark.view;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/** One browser's connection. Pages are made elsewhere: the network's thread never waits. */
final class Visit extends SimpleChannelInboundHandler<FullHttpRequest> {
  /** With every answer: what a browser may do with it, which is to show it and nothing else. */
  private static final Map<String, String> HEADERS = headers();

  private final ViewServer server;

  /** Whether a page is being made; it is the network thread's alone. */
  private boolean busy;

  Visit(ViewServer server) {
    this.server = server;
  }

  private static Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"
            + " 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("X-Frame-Options", "DENY");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Cross-Origin-Opener-Policy", "same-origin");
    headers.put("Cross-Origin-Resource-Policy", "same-origin");
    headers.put("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    headers.put("Cache-Control", "no-store");
    return headers;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (busy) {
      context.close(); // a request ahead of the answer to the one before
      return;
    }
    boolean head = request.method().equals(HttpMethod.HEAD);
    boolean keep = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    Optional<PageReply> refusal = refusal(request);
    if (refusal.isPresent()) {
      send(context, refusal.get(), head, keep);
      return;
    }
    String uri = request.uri();
    busy = true;
    try {
      server
          .makers()
          .execute(
              () -> {
                PageReply reply = made(uri);
                context.executor().execute(() -> send(context, reply, head, keep));
              });
    } catch (RejectedExecutionException full) {
      send(context, later("too many pages are asked for; try again later"), head, keep);
    }
  }

  private Optional<PageReply> refusal(FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return Optional.of(PageReply.text(400, "no HTTP request"));
    }
    try {
      return server
          .visitors()
          .map(visitors -> visitors.refusal(request))
          .orElse(Optional.of(later("the viewer is starting")));
    } catch (RuntimeException e) {
      return Optional.of(PageReply.text(400, "no address"));
    }
  }

  private PageReply made(String uri) {
    try {
      return server.viewer().answer(uri);
    } catch (OutOfMemoryError e) {
      return later("this page does not fit into the memory; start with --driver-memory");
    }
  }

  private static PageReply later(String says) {
    return PageReply.text(503, says).with("Retry-After", "1");
  }

  private void send(ChannelHandlerContext context, PageReply reply, boolean head, boolean keep) {
    busy = false;
    var message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(reply.status()),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body()));
    HEADERS.forEach(message.headers()::set);
    reply.headers().forEach(message.headers()::set);
    message.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.type());
    message.headers().set(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
    message.headers().set(HttpHeaderNames.CONNECTION, keep ? "keep-alive" : "close");
    var sent = context.writeAndFlush(message);
    if (!keep) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent) {
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
