package dev.mirrorspark.view;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The address of a page: a path of the viewer with named values, and nothing beyond it. */
final class Link {
  private final String path;
  private final List<String[]> values;

  private Link(String path, List<String[]> values) {
    this.path = path;
    this.values = values;
  }

  static Link to(String path) {
    return new Link(path, List.of());
  }

  /** The same with a further value. */
  Link with(String name, Object value) {
    List<String[]> more = new ArrayList<>(values);
    more.add(new String[] {name, value.toString()});
    return new Link(path, more);
  }

  /** The same with another value of a name. */
  Link replacing(String name, Object value) {
    return without(name).with(name, value);
  }

  Link without(String name) {
    return new Link(path, values.stream().filter(value -> !value[0].equals(name)).toList());
  }

  String path() {
    return path;
  }

  List<String[]> values() {
    return List.copyOf(values);
  }

  @Override
  public String toString() {
    return values.isEmpty()
        ? path
        : values.stream()
            .map(value -> encoded(value[0]) + "=" + encoded(value[1]))
            .collect(Collectors.joining("&", path + "?", ""));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
