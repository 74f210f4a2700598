package dev.mirrorspark.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the service answers.
 *
 * @param body JSON with a line end
 */
record Reply(int status, byte[] body, Map<String, String> headers) {
  /** For requests that are right and come too early. */
  private static final Map<String, String> LATER = Map.of("Retry-After", "1");

  Reply {
    headers = Map.copyOf(headers);
  }

  static Reply of(int status, JsonNode json) {
    try {
      byte[] text = RunJson.JSON.writeValueAsBytes(json);
      byte[] line = Arrays.copyOf(text, text.length + 1);
      line[text.length] = '\n';
      return new Reply(status, line, Map.of());
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** A request that is to be mended, in words. */
  static Reply refusal(int status, String why) {
    return of(status, RunJson.JSON.createObjectNode().put("error", why));
  }

  /** A request that is right and is to come again later. */
  static Reply later(int status, String why) {
    return refusal(status, why).with(LATER);
  }

  static Reply memoryIsFull() {
    return later(429, "requests and replies fill the memory; try again later");
  }

  static Reply ending() {
    return later(503, "the service is ending");
  }

  /** The answer to a run: one that the sandbox failed at is to come again. */
  static Reply of(Outcome outcome) {
    boolean failed = outcome.verdict() == ProgramVerdict.ERROR;
    Reply reply = of(failed ? 503 : 200, RunJson.json(outcome));
    return failed ? reply.with(LATER) : reply;
  }

  Reply with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(headers);
    all.putAll(more);
    return new Reply(status, body, all);
  }

  /** As a message; {@code close}: the connection ends with it. */
  FullHttpResponse message(boolean close) {
    var message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
    var head = message.headers();
    headers.forEach(head::set);
    head.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    head.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    head.set("X-Content-Type-Options", "nosniff");
    head.set(
        HttpHeaderNames.CONNECTION, close ? HttpHeaderValues.CLOSE : HttpHeaderValues.KEEP_ALIVE);
    return message;
  }
}
