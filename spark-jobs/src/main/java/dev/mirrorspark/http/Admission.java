package dev.mirrorspark.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Decides on a request by its head alone, before anything of its body is read. */
final class Admission {
  private static final String JSON = "application/json";

  /**
   * What curl and Python's urllib say of whatever they send; a browser's form makes no JSON of it.
   */
  private static final String UNTOLD = "application/x-www-form-urlencoded";

  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-fA-F:.]+]");

  private final HttpServer.Settings settings;
  private final List<ServedPath> paths;

  Admission(HttpServer.Settings settings, List<ServedPath> paths) {
    this.settings = settings;
    this.paths = List.copyOf(paths);
  }

  /** Why a request is not taken; empty: it is. */
  Optional<Reply> refusal(HttpRequest request) {
    Optional<ServedPath> endpoint = ServedPath.of(paths, request);
    if (endpoint.isEmpty()) {
      return refused(404, "no such path; there are " + ServedPath.words(paths));
    }
    var method = HttpMethod.valueOf(endpoint.get().method());
    if (!method.equals(request.method())) {
      return refused(
          405, "the methods are " + ServedPath.words(paths), Map.of("Allow", method.name()));
    }
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || ofAnotherSite(request, hosts)) {
      return refused(403, "the request comes from a page of another site");
    }
    if (settings.token().isEmpty() && !hosts.isEmpty() && !own(hosts.get(0))) {
      return refused(
          403,
          "%s is no name of this service, which has no token; ask localhost or its address"
              .formatted(hosts.get(0)));
    }
    if (!hasToken(request)) {
      return refused(
          401,
          "the header Authorization: Bearer TOKEN is missing or wrong",
          Map.of("WWW-Authenticate", "Bearer"));
    }
    return method.equals(HttpMethod.POST) ? ofBody(request) : Optional.empty();
  }

  private Optional<Reply> ofBody(HttpRequest request) {
    String type = header(request, HttpHeaderNames.CONTENT_TYPE.toString()).orElse(JSON);
    String kind = type.split(";")[0].strip();
    if (!kind.equalsIgnoreCase(JSON) && !kind.equalsIgnoreCase(UNTOLD)) {
      return refused(415, "the body is " + type + "; send Content-Type: " + JSON);
    }
    return HttpUtil.getContentLength(request, 0L) > mostBytes() ? tooLarge() : Optional.empty();
  }

  int mostBytes() {
    return settings.maxRequestKb() * 1024;
  }

  Optional<Reply> tooLarge() {
    return refused(413, "the body is larger than %d KiB".formatted(settings.maxRequestKb()));
  }

  /** Whether a browser sends it for a page of somebody else's, which browsers say themselves. */
  private static boolean ofAnotherSite(HttpRequest request, List<String> hosts) {
    Optional<String> origin = header(request, HttpHeaderNames.ORIGIN.toString());
    if (origin.isPresent() && !hosts.contains(authority(origin.get()))) {
      return true;
    }
    String site = header(request, "Sec-Fetch-Site").orElse("none");
    return !site.equals("none") && !site.equals("same-origin");
  }

  private static String authority(String origin) {
    try {
      return Optional.ofNullable(URI.create(origin).getAuthority()).orElse("");
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** Whether a name is surely this service's: any other may be somebody's that now leads here. */
  private boolean own(String host) {
    String name = host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    return ADDRESS.matcher(name).matches()
        || name.equals("localhost")
        || name.equals(settings.host().toLowerCase(Locale.ROOT));
  }

  /**
   * The token, or the same as password of any user, as a client sends it for http://u:TOKEN@host.
   */
  private boolean hasToken(HttpRequest request) {
    if (settings.token().isEmpty()) {
      return true;
    }
    byte[] token = settings.token().get().getBytes(StandardCharsets.UTF_8);
    String given = header(request, HttpHeaderNames.AUTHORIZATION.toString()).orElse("");
    String bearer = given.startsWith("Bearer ") ? given.substring(7) : "";
    // takes the same time wherever the first difference is
    return MessageDigest.isEqual(token, bearer.getBytes(StandardCharsets.UTF_8))
        | MessageDigest.isEqual(token, password(given).getBytes(StandardCharsets.UTF_8));
  }

  private static String password(String given) {
    if (!given.startsWith("Basic ")) {
      return "";
    }
    try {
      byte[] pair = Base64.getDecoder().decode(given.substring(6).strip());
      String text = new String(pair, StandardCharsets.UTF_8);
      return text.substring(text.indexOf(':') + 1);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static Optional<String> header(HttpRequest request, String name) {
    return Optional.ofNullable(request.headers().get(name));
  }

  private static Optional<Reply> refused(int status, String why) {
    return Optional.of(Reply.refusal(status, why));
  }

  private static Optional<Reply> refused(int status, String why, Map<String, String> headers) {
    return Optional.of(Reply.refusal(status, why).with(headers));
  }
}
