package dev.mirrorspark.view;

import java.util.List;

/**
 * What a view shows, without the frame that all have.
 *
 * @param path links from the list of runs down to here, this page's name last
 */
record Page(String title, List<Html> path, Html body) {
  private static final List<String[]> KEYS =
      List.of(
          new String[] {"j", "k", "next and previous link of the page's list"},
          new String[] {"[", "]", "previous and next page, iteration or response"},
          new String[] {"u", "", "one level up"},
          new String[] {"/", "", "search"});

  Page {
    path = List.copyOf(path);
  }

  /** The page as HTML. */
  String html(PageRequest request) {
    var moment = request.moment();
    var address = request.address().without("at");
    var head =
        Html.el(
            "head",
            Html.el("meta", Html.attribute("charset", "utf-8")),
            Html.el(
                "meta",
                Html.attribute("name", "viewport"),
                Html.attribute("content", "width=device-width, initial-scale=1")),
            Html.el(
                "meta",
                Html.attribute("name", "color-scheme"),
                Html.attribute("content", "light dark")),
            Html.el("title", title + " · Mirrorspark"),
            Html.el(
                "link", Html.attribute("rel", "stylesheet"), Html.attribute("href", "/view.css")),
            Html.el("link", Html.attribute("rel", "icon"), Html.attribute("href", "/view.svg")),
            Html.el("script", Html.attribute("src", "/view.js"), Html.attribute("defer", "defer")));
    var body =
        Html.el(
            "body",
            Html.attribute("data-moment", request.pinned() ? "" : moment.name()),
            Html.el(
                "a", Html.style("skip"), Html.attribute("href", "#main"), "Skip to the content"),
            Html.el(
                "header",
                Html.el(
                    "nav",
                    Html.attribute("aria-label", "Where this page is"),
                    Html.el("ol", path.stream().map(step -> Html.el("li", step)).toList())),
                search(request)),
            Html.el(
                "main",
                Html.attribute("id", "main"),
                Html.attribute("tabindex", "-1"),
                Html.el("h1", title),
                body()),
            Html.el("p", Html.attribute("id", "news"), Html.attribute("role", "status")),
            Html.el(
                "footer",
                Html.el(
                    "p",
                    request.pinned() ? "Pinned to " : "As of ",
                    moment.words().isEmpty() ? "an empty warehouse" : moment.words(),
                    ". ",
                    request.pinned()
                        ? Html.link(address, "Show the newest rows")
                        : Html.link(
                            address.with("at", moment.name()), "Link to exactly this state")),
                keys()));
    return "<!DOCTYPE html>\n" + Html.el("html", Html.attribute("lang", "en"), head, body) + "\n";
  }

  private static Html search(PageRequest request) {
    return Html.el(
        "form",
        Html.attribute("action", "/search"),
        Html.attribute("role", "search"),
        request.optional("run").isPresent()
            ? hidden("run", request.optional("run").get())
            : Html.all(),
        request.pinned() ? hidden("at", request.moment().name()) : Html.all(),
        Html.el(
            "label",
            "Search responses ",
            Html.el(
                "input",
                Html.attribute("type", "search"),
                Html.attribute("name", "q"),
                Html.attribute("id", "q"),
                Html.attribute("maxlength", "200"),
                Html.attribute("value", request.optional("q").orElse("")))),
        Html.el("button", "Search"));
  }

  /** A field of a form that is sent and not seen. */
  static Html hidden(String name, String value) {
    return Html.el(
        "input",
        Html.attribute("type", "hidden"),
        Html.attribute("name", name),
        Html.attribute("value", value));
  }

  private static Html keys() {
    return Html.el(
        "details",
        Html.el("summary", "Keys"),
        Html.el(
            "ul",
            KEYS.stream()
                .map(
                    key ->
                        Html.el(
                            "li",
                            Html.el("kbd", key[0]),
                            key[1].isEmpty() ? "" : " ",
                            key[1].isEmpty() ? "" : Html.el("kbd", key[1]),
                            ": " + key[2]))
                .toList()),
        Html.el(
            "label",
            Html.el(
                "input",
                Html.attribute("type", "checkbox"),
                Html.attribute("id", "keys"),
                Html.attribute("checked", "checked")),
            " use them"));
  }

  /** Links to what comes before and after, if anything does. */
  static Html neighbours(List<Html> links) {
    return links.isEmpty() ? Html.all() : Html.el("p", Html.style("neighbours"), links);
  }

  /** A link of {@link #neighbours}. */
  static Html neighbour(String relation, Link to, String says) {
    return Html.el("a", Html.attribute("rel", relation), Html.attribute("href", to), says);
  }

  /** Pairs of a name and a value. */
  static Html facts(List<List<?>> pairs) {
    return Html.el(
        "dl",
        pairs.stream()
            .map(pair -> Html.el("div", Html.el("dt", pair.get(0)), Html.el("dd", pair.get(1))))
            .toList());
  }

  /** A text of a model or a data set, cut where it is long. */
  static Html quoted(String text, int most) {
    boolean cut = text.length() > most;
    return Html.el(
        "pre",
        cut ? text.substring(0, most) : text,
        cut ? " … (%,d characters in all)".formatted(text.length()) : "");
  }
}
