package dev.mirrorspark.view;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.LocalSpark;
import dev.mirrorspark.report.HostileTexts;
import dev.mirrorspark.report.PlainText;
import dev.mirrorspark.table.Warehouse;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/**
 * The pages over tables whose texts aim at the reader, as text, in a browser, and while they grow.
 */
class ViewIT {
  private static final List<String> PAGES =
      List.of(
          "/",
          "/run?run=first",
          "/iteration?run=first&iteration=1",
          "/iteration?run=first&iteration=2&order=tokens",
          "/group?run=first&iteration=1&prompt=p0",
          "/response?run=first&born=0&prompt=p0&sample=100",
          "/response?run=first&born=0&prompt=p0&sample=101&colour=entropy",
          "/response?run=first&born=0&prompt=p0&sample=1&colour=entropy",
          "/response?run=first&born=0&prompt=p0&sample=100&colour=trainer",
          "/response?run=first&born=0&prompt=p0&sample=100&colour=advantage",
          "/response?run=first&born=0&prompt=p0&sample=0&colour=teacher",
          "/prompt?run=first&run=second&prompt=p0",
          "/compare",
          "/compare?run=first&run=second",
          "/search?run=first&q=%3Cscript",
          "/search?run=second&verdict=wrong&gate=kept&stop=stop&from=1&to=2");

  /** Iterations that are added while pages are read. */
  private static final int GROWS = 2;

  @TempDir private static Path folder;
  private static SparkSession spark;
  private static Warehouse warehouse;
  private static Viewer viewer;
  private static ViewServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void open() {
    spark = LocalSpark.open();
    warehouse = Warehouse.open(spark, folder.resolve("tables").toString());
    SmallWarehouse.fill(warehouse);
    viewer = Viewer.open(folder.resolve("tables").toString());
    server =
        ViewServer.start(
            viewer, new ViewServer.Settings("127.0.0.1", 0, List.of(), Optional.empty()));
  }

  @AfterAll
  static void close() {
    server.close();
    viewer.close();
    spark.stop();
  }

  private static String address(String page) {
    return "http://127.0.0.1:" + server.port() + page;
  }

  private HttpResponse<String> get(String page, String... headers) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(address(page)));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static Document parsed(String html) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whatModelsWriteStaysText() throws Exception {
    Set<String> names = new TreeSet<>();
    Set<String> attributes = new TreeSet<>();
    for (String page : PAGES) {
      var answer = get(page);
      assertEquals(200, answer.statusCode(), page + answer.body());
      var elements = parsed(answer.body()).getElementsByTagName("*");
      for (int i = 0; i < elements.getLength(); i++) {
        names.add(elements.item(i).getNodeName());
        var found = elements.item(i).getAttributes();
        for (int a = 0; a < found.getLength(); a++) {
          attributes.add(found.item(a).getNodeName());
          String value = found.item(a).getNodeValue();
          if (Set.of("href", "src", "srcset", "action").contains(found.item(a).getNodeName())) {
            assertTrue(value.startsWith("/") || value.equals("#main"), value);
          }
        }
      }
    }
    assertEquals(
        "[a, article, body, button, code, dd, details, div, dl, dt, figure, footer, form, h1, h2, h3,"
            + " head, header, html, img, input, kbd, label, li, link, main, mark, meta, nav, ol,"
            + " option, p, picture, pre, script, section, select, source, span, strong, summary,"
            + " table, tbody, td, th, thead, title, tr, ul]",
        names.toString());
    assertEquals(
        "[action, alt, aria-hidden, aria-label, charset, checked, class, content, data-moment, defer,"
            + " height, href, id, lang, loading, maxlength, media, name, open, rel, role, scope, selected,"
            + " src, srcset, tabindex, title, type, value, width]",
        attributes.toString());
  }

  @Test
  void everyHostileResponseIsShownAsItIs() throws Exception {
    for (int i = 0; i < HostileTexts.ALL.size(); i++) {
      var page = parsed(get("/response?run=first&born=0&prompt=p0&sample=" + (100 + i)).body());
      var texts = page.getElementsByTagName("pre");
      String plain = PlainText.of(utf8(HostileTexts.ALL.get(i))).replaceAll("[\ufffe\uffff]", "");
      String shown = texts.item(texts.getLength() - 1).getTextContent();
      String whole = "Begin. " + plain;
      assertTrue(
          whole.length() > 20_000
              ? shown.endsWith("characters in all)") && whole.startsWith(shown.substring(0, 19_000))
              : shown.equals(whole),
          () -> plain + "\n" + shown);
      String title = page.getElementsByTagName("h1").item(0).getTextContent();
      assertTrue(title.startsWith("Sample "), title);
    }
  }

  /** Spark keeps texts as UTF-8, in which half a character becomes a question mark. */
  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  @Test
  void theProblemsPictureIsShown() throws Exception {
    String group = get("/group?run=first&iteration=1&prompt=p0").body();
    assertTrue(group.contains("src=\"/picture?prompt=p0\""), group);
    var request = HttpRequest.newBuilder(URI.create(address("/picture?prompt=p0"))).build();
    var answer = client.send(request, BodyHandlers.ofByteArray());
    assertEquals("image/png", answer.headers().firstValue("Content-Type").orElse(""));
    assertArrayEquals(SmallWarehouse.PICTURE, answer.body());
    assertEquals(404, get("/picture?prompt=none").statusCode());
  }

  @Test
  void figuresAreThoseOfTheTables() throws Exception {
    String runs = get("/").body();
    assertTrue(runs.contains("<td>50.0%</td>"), runs); // accuracy of iteration 2
    String group = get("/group?run=first&iteration=1&prompt=p0").body();
    long correct = Pattern.compile(">correct<").matcher(group).results().count();
    assertEquals(2 * ((HostileTexts.ALL.size() + 2) / 3), correct); // table and article
    String response = get("/response?run=first&born=0&prompt=p0&sample=100").body();
    assertTrue(response.contains("Segment 0 · policy 0 · iteration 0"), response);
    assertTrue(response.contains("Segment 1 · policy 1 · iteration 1"), response);
    assertTrue(response.contains("token 7, id 3, log-prob -2.0000, 13.5%"), response);
    assertTrue(response.contains("iteration 1: 1.0e-06 on average"), response);
    String compared = get("/compare?run=first&run=second").body();
    assertTrue(compared.contains("<td>train.tau</td><td>5</td><td>6</td>"), compared);
    String wrong = get("/search?run=first&verdict=wrong&stop=stop&from=1&to=1").body();
    assertFalse(wrong.contains("verdict correct"), wrong);
    assertTrue(wrong.contains("verdict wrong"), wrong);
  }

  @Test
  void searchGoesOnWhereItsPageEnded() throws Exception {
    Set<String> seen = new TreeSet<>();
    String page = "/search?run=first&q=begin";
    int pages = 0;
    while (!page.isEmpty()) {
      String html = get(page).body();
      Matcher links = Pattern.compile("href=\"(/response[^\"]*)\"").matcher(html);
      while (links.find()) {
        assertTrue(seen.add(links.group(1)), links.group(1));
      }
      Matcher next = Pattern.compile("rel=\"next\" href=\"([^\"]*)\"").matcher(html);
      page = next.find() ? next.group(1).replace("&amp;", "&") : "";
      pages++;
    }
    assertEquals(SmallWarehouse.ITERATIONS * HostileTexts.ALL.size(), seen.size());
    assertTrue(pages > 2, pages + " pages");
  }

  @Test
  void strangersAreNotLetIn() throws Exception {
    var page = get("/");
    assertTrue(
        page.headers()
            .firstValue("Content-Security-Policy")
            .orElse("")
            .startsWith("default-src 'none'"));
    assertEquals(403, get("/", "Sec-Fetch-Site", "cross-site").statusCode());
    assertEquals(403, get("/chart.svg", "Sec-Fetch-Site", "same-site").statusCode());
    assertEquals(
        200,
        get(
                "/",
                "Sec-Fetch-Site",
                "cross-site",
                "Sec-Fetch-Mode",
                "navigate",
                "Sec-Fetch-Dest",
                "document")
            .statusCode());
    assertEquals(403, get("/", "Origin", "http://example.org").statusCode());
    assertEquals(403, raw("GET / HTTP/1.1\r\nHost: example.org:%d\r\n\r\n"));
    assertEquals(403, raw("GET / HTTP/1.1\r\nHost: localhost.example.org:%d\r\n\r\n"));
    assertEquals(200, raw("GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"), "through a tunnel");
    assertEquals(403, raw("GET / HTTP/1.1\r\nX: %d\r\n\r\n"));
    assertEquals(405, raw("POST / HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 0\r\n\r\n"));
    assertEquals(400, raw("GET http://localhost:%1$d/ HTTP/1.1\r\nHost: localhost:%1$d\r\n\r\n"));
    assertEquals(200, raw("HEAD / HTTP/1.1\r\nHost: LOCALHOST:%d\r\n\r\n"));
    for (String wrong :
        List.of(
            "/nothing",
            "/run",
            "/run?run=none",
            "/iteration?run=first&iteration=-1",
            "/iteration?run=first&iteration=9",
            "/run?run=first&at=1.2",
            "/run?run=first&at=99.1.1.1.1.1.1.1.1",
            "/run?run=%zz",
            "/response?run=first&born=0&prompt=p0&sample=0&colour=x",
            "/../view.css",
            "/view.js.map")) {
      assertEquals(404, get(wrong.replace("%zz", "%25zz")).statusCode(), wrong);
    }
  }

  private static int raw(String request) throws Exception {
    try (var socket = new java.net.Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout(20_000);
      String sent = request.contains("%") ? request.formatted(server.port()) : request;
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
      byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).substring(9));
    }
  }

  @Test
  void aTokenOpensTheDoor() throws Exception {
    var settings =
        new ViewServer.Settings(
            "127.0.0.1", 0, List.of(), Optional.of("a token of many characters"));
    try (var locked = ViewServer.start(viewer, settings)) {
      String root = "http://127.0.0.1:" + locked.port();
      assertEquals(401, status(root + "/"));
      assertEquals(401, status(root + "/?token=another+token+of+some"));
      assertEquals(401, status(root + "/view.css"));
      assertEquals(200, status(root + "/", "Authorization", "Bearer a token of many characters"));
      var welcome =
          client.send(
              HttpRequest.newBuilder(
                      URI.create(
                          root
                              + "/run?run=first&token="
                              + URLEncoder.encode(
                                  "a token of many characters", StandardCharsets.UTF_8)))
                  .build(),
              BodyHandlers.ofString());
      assertEquals(303, welcome.statusCode());
      assertEquals("/run?run=first", welcome.headers().firstValue("Location").orElseThrow());
      String cookie = welcome.headers().firstValue("Set-Cookie").orElseThrow();
      assertTrue(cookie.endsWith("; Path=/; HttpOnly; SameSite=Lax"), cookie);
      assertEquals(200, status(root + "/", "Cookie", cookie.split(";")[0]));
      assertEquals(401, status(root + "/", "Cookie", cookie.split("=")[0] + "=YWJj"));
    }
  }

  private int status(String address, String... headers) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(address));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString()).statusCode();
  }

  /** Pages are read while commits go on: each is whole, and a pinned one does not change. */
  @Test
  void readingWhileARunTrainsDisturbsNeither() throws Exception {
    String moment = get("/moment").body().strip();
    String pinned = get("/run?run=first&at=" + moment).body();
    try (var pool = new Pool()) {
      Future<?> training =
          pool.submit(
              () -> {
                for (int i = 0; i < GROWS; i++) {
                  SmallWarehouse.iteration(warehouse, "growing", i);
                }
                return null;
              });
      int last = 0;
      int read = 0;
      while (!training.isDone() || read == 0) {
        String search = get("/search?run=growing&stop=stop").body();
        String runs = get("/compare?run=first&run=second").body();
        assertTrue(runs.contains("Settings that differ"), runs);
        for (int i = last; i < GROWS; i++) {
          var page = get("/iteration?run=growing&iteration=" + i);
          if (page.statusCode() == 200 && !page.body().contains("Not finished yet")) {
            // an iteration that is finished has all its rows in the tables of the same page
            assertTrue(
                page.body().contains("<td>" + HostileTexts.ALL.size() + "</td>"), page.body());
            last = i + 1;
          }
        }
        assertTrue(search.contains("Responses"), search);
        read++;
      }
      training.get();
    }
    assertTrue(get("/iteration?run=growing&iteration=1").body().contains("Iteration 1 of growing"));
    assertEquals(pinned, get("/run?run=first&at=" + moment).body());
    assertFalse(get("/?at=" + moment).body().contains("growing"));
  }

  /** Threads that end with the test. */
  private static final class Pool implements AutoCloseable {
    private final java.util.concurrent.ExecutorService threads = Executors.newFixedThreadPool(1);

    Future<?> submit(java.util.concurrent.Callable<?> work) {
      return threads.submit(work);
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }

  @Test
  void everyPageWorksInABrowser() throws Exception {
    var program = Browser.found();
    Assumptions.assumeTrue(program.isPresent(), "Chromium is not installed");
    String check =
        new String(
            ViewIT.class.getResourceAsStream("page-check.js").readAllBytes(),
            StandardCharsets.UTF_8);
    List<String> faults = new ArrayList<>();
    try (var browser =
        new Browser(program.get(), Files.createDirectories(folder.resolve("profile")))) {
      for (boolean dark : List.of(false, true)) {
        browser.look(dark ? 375 : 1280, dark);
        for (String page : PAGES) {
          browser.open(address(page));
          var found = browser.value(check);
          assertTrue(found.isArray(), page);
          found.forEach(fault -> faults.add(page + ": " + fault.asText()));
          browser.complaints().forEach(fault -> faults.add(page + ": " + fault));
        }
      }
      keyboard(browser, faults);
    }
    assertAll(faults.stream().map(fault -> () -> assertEquals("", fault)));
  }

  private static void keyboard(Browser browser, List<String> faults) throws Exception {
    browser.look(1280, false);
    browser.open(address("/iteration?run=first&iteration=1"));
    browser.press("Tab", 9, "");
    assertEquals("Skip to the content", focus(browser, "textContent"));
    assertTrue(
        browser.value("document.activeElement.getBoundingClientRect().left").asDouble() >= 0);
    assertEquals(
        "solid", browser.value("getComputedStyle(document.activeElement).outlineStyle").asText());
    browser.press("j", 74, "j");
    assertEquals("p0", focus(browser, "textContent"));
    browser.press("/", 191, "/");
    assertEquals("q", focus(browser, "id"));
    browser.press("j", 74, "j");
    assertEquals("j", focus(browser, "value"));
    browser.open(address("/iteration?run=first&iteration=1"));
    browser.value("document.querySelector('footer details').open = true");
    browser.value("document.getElementById('keys').click()");
    browser.press("j", 74, "j");
    assertEquals("keys", browser.value("'keys'").asText());
    assertFalse(focus(browser, "textContent").equals("p0"));
    browser.value("document.getElementById('keys').click()");
    browser.complaints().forEach(fault -> faults.add("keyboard: " + fault));
  }

  private static String focus(Browser browser, String property) throws Exception {
    return browser.value("document.activeElement." + property).asText();
  }
}
