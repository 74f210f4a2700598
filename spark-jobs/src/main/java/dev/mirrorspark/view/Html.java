package dev.mirrorspark.view;

import dev.mirrorspark.report.PlainText;
import java.util.List;
import org.apache.commons.text.StringEscapeUtils;

/**
 * A piece of a page. Whatever is put into it as text stands in it as text: there is no way to put
 * in markup but by this class, whose tags and attributes are the program's own.
 */
final class Html {
  private static final List<String> WITHOUT_END = List.of("input", "img", "link", "meta", "source");

  private final StringBuilder markup = new StringBuilder();

  /** A value that is safe between quotes. */
  record Attribute(String name, String value) {}

  static Attribute attribute(String name, Object value) {
    return new Attribute(name, value.toString());
  }

  /** The attribute {@code class}. */
  static Attribute style(String names) {
    return new Attribute("class", names);
  }

  /**
   * An element.
   *
   * @param parts attributes, pieces, lists of pieces; anything else is text
   */
  static Html el(String tag, Object... parts) {
    var element = new Html();
    element.markup.append('<').append(tag);
    for (Object part : parts) {
      if (part instanceof Attribute attribute) {
        element
            .markup
            .append(' ')
            .append(attribute.name())
            .append("=\"")
            .append(escaped(attribute.value()))
            .append('"');
      }
    }
    element.markup.append(WITHOUT_END.contains(tag) ? "/>" : ">");
    for (Object part : parts) {
      if (!(part instanceof Attribute)) {
        element.add(part);
      }
    }
    if (!WITHOUT_END.contains(tag)) {
      element.markup.append("</").append(tag).append('>');
    }
    return element;
  }

  /** Pieces one after another. */
  static Html all(Object... parts) {
    var pieces = new Html();
    for (Object part : parts) {
      pieces.add(part);
    }
    return pieces;
  }

  /** A link. */
  static Html link(Link to, Object... parts) {
    return el("a", attribute("href", to), all(parts));
  }

  /** A table in a frame that scrolls by itself. */
  static Html table(String says, List<?> header, List<? extends List<?>> rows) {
    var head =
        el("tr", header.stream().map(cell -> el("th", attribute("scope", "col"), cell)).toList());
    var body =
        rows.stream()
            .map(row -> el("tr", row.stream().map(cell -> el("td", cell)).toList()))
            .toList();
    return el(
        "div",
        style("wide"),
        attribute("tabindex", 0),
        attribute("role", "region"),
        attribute("aria-label", says),
        el("table", el("thead", head), el("tbody", body)));
  }

  Html add(Object part) {
    if (part instanceof Html piece) {
      markup.append(piece.markup);
    } else if (part instanceof List<?> list) {
      list.forEach(this::add);
    } else {
      markup.append(escaped(part.toString()));
    }
    return this;
  }

  /** The markup. */
  @Override
  public String toString() {
    return markup.toString();
  }

  private static String escaped(String text) {
    return StringEscapeUtils.escapeXml10(PlainText.of(text));
  }
}
