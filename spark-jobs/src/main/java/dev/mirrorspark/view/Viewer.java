package dev.mirrorspark.view;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.table.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.LoggerFactory;

/**
 * The pages on a warehouse by their addresses: {@code /}, {@code /run}, {@code /iteration}, {@code
 * /group}, {@code /response}, {@code /prompt}, {@code /compare}, {@code /search}; {@code
 * /chart.svg}; {@code /moment}, the name of the newest state. Only reads.
 */
public final class Viewer implements AutoCloseable {
  /** Files of the program itself, with their kinds. */
  private static final Map<String, String> FILES =
      Map.of(
          "/view.css", "text/css; charset=utf-8",
          "/view.js", "text/javascript; charset=utf-8",
          "/view.svg", "image/svg+xml");

  private final String root;
  private final Configuration hadoop;
  private final Map<TableSchema, TableLog> logs = new ConcurrentHashMap<>();
  private final TokenTexts tokenTexts;
  private final ChartImage charts = new ChartImage();
  private final Map<String, View> views;

  private Viewer(String root, Configuration hadoop) {
    this.root = root;
    this.hadoop = hadoop;
    this.tokenTexts = new TokenTexts(Storage.of(hadoop));
    this.views =
        Map.of(
            "/", new RunsView(),
            "/run", new RunView(),
            "/iteration", new IterationView(),
            "/group", new GroupView(),
            "/response", new ResponseView(tokenTexts),
            "/prompt", new PromptView(new PromptIndex()),
            "/compare", new CompareView(),
            "/search", new SearchView());
  }

  /**
   * Opens a warehouse; its tables may come later.
   *
   * @param root its folder, on any Hadoop file system
   * @throws UserError if there is no such folder
   */
  public static Viewer open(String root) {
    var hadoop = new Configuration();
    // Checksum files and access rights take further calls for each file, and serve no reader.
    hadoop.setIfUnset("fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem");
    var storage = Storage.of(hadoop);
    String whole = storage.ofTables(root);
    if (!storage.isFolder(whole)) {
      throw new UserError(
          "warehouse %s: does not exist; name another with --set warehouse=FOLDER or --config"
              .formatted(root));
    }
    var viewer = new Viewer(whole, hadoop);
    viewer.answer("/"); // reads every log, so that no page has to, and loads what draws charts
    SearchView.newestRun(Moment.now(viewer::log))
        .ifPresent(run -> viewer.answer(Link.to("/run").with("run", run).toString()));
    return viewer;
  }

  /**
   * Answers a request.
   *
   * @param uri path and query as they came
   */
  PageReply answer(String uri) {
    try {
      Link address = PageRequest.parse(uri);
      String path = address.path();
      if (FILES.containsKey(path)) {
        return file(path);
      }
      if (path.equals("/moment")) {
        return PageReply.text(200, Moment.now(this::log).name());
      }
      if (path.equals("/chart.svg")) {
        var svg = charts.svg(request(address));
        return new PageReply(
            200, "image/svg+xml", svg.getBytes(java.nio.charset.StandardCharsets.UTF_8), Map.of());
      }
      if (path.equals(GroupView.PICTURE)) {
        var picture = GroupView.picture(request(address));
        return new PageReply(200, "image/" + picture.type(), picture.file(), Map.of());
      }
      if (!views.containsKey(path)) {
        return fault(404, "there is no page " + path);
      }
      var request = request(address);
      return PageReply.html(200, views.get(path).page(request).html(request));
    } catch (UserError e) {
      return fault(404, e.getMessage());
    } catch (RuntimeException e) {
      LoggerFactory.getLogger(Viewer.class).error("page {}", uri, e);
      return fault(500, "this page cannot be made (%s); the log has more".formatted(e));
    }
  }

  private PageRequest request(Link address) {
    var parsed = new PageRequest(address, null, false);
    var at = parsed.optional("at");
    var moment = at.map(name -> Moment.of(name, this::log)).orElseGet(() -> Moment.now(this::log));
    return new PageRequest(address, moment, at.isPresent());
  }

  private TableLog log(TableSchema table) {
    return logs.computeIfAbsent(table, schema -> new TableLog(schema, root, hadoop));
  }

  private static PageReply file(String path) {
    try (var stream = Viewer.class.getResourceAsStream(path.substring(1))) {
      return new PageReply(200, FILES.get(path), stream.readAllBytes(), Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A page that says what is wrong. */
  static PageReply fault(int status, String says) {
    var head =
        Html.el(
            "head",
            Html.el("meta", Html.attribute("charset", "utf-8")),
            Html.el("title", "Mirrorspark"),
            Html.el(
                "link", Html.attribute("rel", "stylesheet"), Html.attribute("href", "/view.css")));
    var body =
        Html.el(
            "body",
            Html.el(
                "main",
                Html.el("h1", "Nothing to show"),
                Html.el("p", says),
                Html.el("p", Html.link(Link.to("/"), "All runs"))));
    return PageReply.html(
        status, "<!DOCTYPE html>\n" + Html.el("html", Html.attribute("lang", "en"), head, body));
  }

  @Override
  public void close() {
    tokenTexts.close();
  }
}
