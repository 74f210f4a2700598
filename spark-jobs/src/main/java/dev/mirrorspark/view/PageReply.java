package dev.mirrorspark.view;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What the server answers: status, kind of content and content, and further headers. */
record PageReply(int status, String type, byte[] body, Map<String, String> headers) {
  private static final String HTML = "text/html; charset=utf-8";

  PageReply {
    headers = Map.copyOf(headers);
  }

  static PageReply html(int status, String page) {
    return new PageReply(status, HTML, page.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  static PageReply text(int status, String text) {
    return new PageReply(
        status,
        "text/plain; charset=utf-8",
        (text + "\n").getBytes(StandardCharsets.UTF_8),
        Map.of());
  }

  PageReply with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new PageReply(status, type, body, more);
  }
}
