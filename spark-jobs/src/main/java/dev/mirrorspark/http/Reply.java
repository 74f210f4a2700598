package dev.mirrorspark.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
public record Reply(int status, byte[] body, Map<String, String> headers) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** For requests that are right and come too early. */
  public static final Map<String, String> LATER = Map.of("Retry-After", "1");

  public Reply {
    headers = Map.copyOf(headers);
  }

  /** JSON with a line end. */
  public static Reply of(int status, JsonNode json) {
    try {
      byte[] text = JSON.writeValueAsBytes(json);
      byte[] line = Arrays.copyOf(text, text.length + 1);
      line[text.length] = '\n';
      return new Reply(status, line, Map.of());
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** A request that is to be mended, in words. */
  public static Reply refusal(int status, String why) {
    return of(status, JSON.createObjectNode().put("error", why));
  }

  /** A request that is right and is to come again later. */
  public static Reply later(int status, String why) {
    return refusal(status, why).with(LATER);
  }

  /** There is no room for the request now. */
  public static Reply memoryIsFull() {
    return later(429, "requests and replies fill the memory; try again later");
  }

  /** The service takes nothing more. */
  public static Reply ending() {
    return later(503, "the service is ending");
  }

  /** The same with further headers. */
  public Reply with(Map<String, String> more) {
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
