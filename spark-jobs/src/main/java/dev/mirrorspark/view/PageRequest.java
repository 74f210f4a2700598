package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a page is asked for: the warehouse as of a moment, and the values of the address.
 *
 * @param pinned whether the address names the moment
 */
record PageRequest(Link address, Moment moment, boolean pinned) {
  private static final int LONGEST = 500;

  /** Reads an address as a browser sends it. */
  static Link parse(String uri) {
    int mark = uri.indexOf('?');
    Link link = Link.to(mark < 0 ? uri : uri.substring(0, mark));
    for (String pair : mark < 0 ? new String[0] : uri.substring(mark + 1).split("&")) {
      String[] parts = pair.split("=", 2);
      if (!parts[0].isEmpty()) {
        link = link.with(decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]));
      }
    }
    return link;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new UserError("the address is no address: " + e.getMessage(), e);
    }
  }

  /** All values of a name. */
  List<String> all(String name) {
    List<String> found = new ArrayList<>();
    address.values().stream().filter(v -> v[0].equals(name)).forEach(v -> found.add(v[1]));
    return found;
  }

  /** A value; empty where it is not given, or has no characters. */
  Optional<String> optional(String name) {
    var found = all(name).stream().filter(value -> !value.isEmpty()).findFirst();
    if (found.isPresent() && found.get().length() > LONGEST) {
      throw new UserError("%s: may have %d characters".formatted(name, LONGEST));
    }
    return found;
  }

  /** A value that the page cannot do without. */
  String text(String name) {
    return optional(name)
        .orElseThrow(() -> new UserError("the address lacks %s=…".formatted(name)));
  }

  /** A whole number from 0 up. */
  OptionalInt number(String name) {
    var text = optional(name);
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    if (!text.get().matches("\\d{1,9}")) {
      throw new UserError("%s=%s: must be a whole number from 0 up".formatted(name, text.get()));
    }
    return OptionalInt.of(Integer.parseInt(text.get()));
  }

  int required(String name) {
    return number(name).orElseThrow(() -> new UserError("the address lacks %s=…".formatted(name)));
  }

  /** A link to another page, as of the same moment where this page's is pinned. */
  Link link(String path) {
    return pinned ? Link.to(path).with("at", moment.name()) : Link.to(path);
  }
}
