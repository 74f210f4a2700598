package dev.mirrorspark.view;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Who is let in: requests for this host by its own names, so that no other site's name leads here
 * (DNS rebinding); none that another site's page makes behind a user's back; and, where a token is
 * set, those that have it.
 */
final class Visitors {
  private static final String BEARER = "Bearer ";

  private final Set<String> names = new HashSet<>();
  private final Optional<byte[]> token;
  private final int port;

  /**
   * @param address that is served
   * @param more further names of this host
   */
  Visitors(InetAddress address, int port, List<String> more, Optional<String> token) {
    this.port = port;
    this.token = token.map(text -> text.getBytes(StandardCharsets.UTF_8));
    names.addAll(List.of("localhost", "127.0.0.1", "[::1]"));
    more.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    if (address.isAnyLocalAddress()) {
      ownAddresses();
    } else if (!address.isLoopbackAddress()) {
      names.add(address.getHostName().toLowerCase(Locale.ROOT));
      names.add(literal(address));
    } else {
      names.add(literal(address));
    }
  }

  private void ownAddresses() {
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .forEach(address -> names.add(literal(address)));
    } catch (SocketException unknown) {
      names.add("localhost");
    }
  }

  private static String literal(InetAddress address) {
    String text = address.getHostAddress().replaceFirst("%.*", "");
    return text.contains(":") ? "[" + text + "]" : text;
  }

  /** Why a request is not answered; empty: it is. */
  Optional<PageReply> refusal(HttpRequest request) {
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      return Optional.of(
          PageReply.text(405, "the viewer only reads: GET").with("Allow", "GET, HEAD"));
    }
    if (!known(request.headers().get(HttpHeaderNames.HOST, ""))) {
      return Optional.of(
          PageReply.text(
              403, "this host is not known by that name; --name gives the viewer another"));
    }
    if (ofOtherSite(request)) {
      return Optional.of(PageReply.text(403, "no other site may read from the viewer"));
    }
    if (!request.uri().startsWith("/")) {
      return Optional.of(PageReply.text(400, "no path"));
    }
    return token.isEmpty() || has(request) ? Optional.empty() : Optional.of(entry(request));
  }

  /** By any port: a tunnel ({@code ssh -L 9000:localhost:8091}) leads here by one of its own. */
  private boolean known(String host) {
    return names.contains(host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]{1,5}$", ""));
  }

  /** Links from elsewhere lead here, but nothing from here is loaded into a page elsewhere. */
  private static boolean ofOtherSite(HttpRequest request) {
    var headers = request.headers();
    String site = headers.get("Sec-Fetch-Site", "none");
    boolean opened =
        headers.get("Sec-Fetch-Mode", "").equals("navigate")
            && headers.get("Sec-Fetch-Dest", "").equals("document");
    if (!site.equals("none") && !site.equals("same-origin") && !opened) {
      return true;
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN, "");
    return !origin.isEmpty() && !origin.equals("http://" + headers.get(HttpHeaderNames.HOST, ""));
  }

  private boolean has(HttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    if (header.startsWith(BEARER)
        && matches(header.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8))) {
      return true;
    }
    return ServerCookieDecoder.STRICT
        .decode(request.headers().get(HttpHeaderNames.COOKIE, ""))
        .stream()
        .filter(cookie -> cookie.name().equals(cookieName()))
        .anyMatch(cookie -> matches(decoded(cookie.value())));
  }

  private static byte[] decoded(String value) {
    try {
      return Base64.getUrlDecoder().decode(value);
    } catch (IllegalArgumentException none) {
      return new byte[0];
    }
  }

  private boolean matches(byte[] given) {
    return MessageDigest.isEqual(token.orElseThrow(), given);
  }

  /** Cookies of a host go to all its ports. */
  private String cookieName() {
    return "mirrorspark-view-" + port;
  }

  /** An address with the token opens the door and then leaves it out; any other is shown a form. */
  private PageReply entry(HttpRequest request) {
    Link address = PageRequest.parse(request.uri());
    var given = address.values().stream().filter(value -> value[0].equals("token")).findFirst();
    if (given.isPresent() && matches(given.get()[1].getBytes(StandardCharsets.UTF_8))) {
      String cookie =
          "%s=%s; Path=/; HttpOnly; SameSite=Lax"
              .formatted(
                  cookieName(),
                  Base64.getUrlEncoder().withoutPadding().encodeToString(token.orElseThrow()));
      return PageReply.text(303, "welcome")
          .with("Location", address.without("token").toString())
          .with("Set-Cookie", cookie);
    }
    return Viewer.fault(
            401,
            "This viewer takes a token: open the address that ends with token=… which the command"
                + " said, or send Authorization: Bearer.")
        .with("WWW-Authenticate", "Bearer");
  }
}
