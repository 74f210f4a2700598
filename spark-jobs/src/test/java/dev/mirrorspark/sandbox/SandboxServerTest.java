package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The HTTP contract, in front of a runner that runs nothing. */
class SandboxServerTest {
  private static final Limits MOST = new Limits(10, 20, 512, 64, 1024, 64);

  private final FakeRunner runner = new FakeRunner();
  private final HttpClient client = HttpClient.newHttpClient();
  private SandboxServer server;

  /** Runs nothing: two slots, and each judgement waits until it is let go. */
  private static final class FakeRunner implements Runner {
    final Semaphore slots = new Semaphore(2);
    final Semaphore letGo = new Semaphore(0);
    final CountDownLatch busy = new CountDownLatch(2);
    final List<Run> seen = new ArrayList<>();

    @Override
    public Outcome judge(Run run) throws InterruptedException {
      slots.acquire();
      try {
        synchronized (seen) {
          seen.add(run);
        }
        busy.countDown();
        letGo.acquire();
        return switch (run.source()) {
          case "fails" -> Outcome.error("no box", 1);
          case "unknown" -> throw new UserError("no such language");
          case "throws" -> throw new IllegalStateException("a bug");
          case "large" ->
              new Outcome(ProgramVerdict.PASSED, "", 0, "x".repeat(4 << 20), "", 0.5, 7);
          default -> new Outcome(ProgramVerdict.WRONG_ANSWER, "token 1", 0, "out", "err", 0.5, 7);
        };
      } finally {
        slots.release();
      }
    }

    @Override
    public Set<String> languages() {
      return Set.of("python");
    }

    @Override
    public int slots() {
      return 2;
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aProgramIsJudged() throws Exception {
    start(1, Optional.empty());
    runner.letGo.release();
    var response =
        post(
            """
            {"language": "python", "source": "print(1)", "tests": [{"input": "1", "output": "2"}],
             "limits": {"cpu_seconds": 0.5, "memory_mb": 64}}\
            """);
    assertEquals(200, response.statusCode(), response.body());
    JsonNode json = RunJson.JSON.readTree(response.body());
    assertEquals("wrong answer", json.get("verdict").asText());
    assertEquals(
        Set.of("verdict", "detail", "exit_code", "stdout", "stderr", "seconds", "memory_mb"),
        Set.copyOf(names(json)));
    assertEquals(
        new Run(
            "python",
            "print(1)",
            new Run.Cases(List.of(new Run.Case("1", "2"))),
            new Limits(0.5, 20, 64, 64, 1024, 64)),
        runner.seen.get(0));
  }

  @Test
  void requestsBeyondTheQueueAreSentAwayAndTheOthersServed() throws Exception {
    start(1, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      running.add(
          client.sendAsync(
              request("{\"language\":\"python\",\"source\":\"x\"}"), BodyHandlers.ofString()));
    }
    assertTrue(runner.busy.await(20, TimeUnit.SECONDS));
    running.add(
        client.sendAsync(
            request("{\"language\":\"python\",\"source\":\"y\"}"), BodyHandlers.ofString()));
    while (RunJson.JSON.readTree(get("/health", Optional.empty()).body()).get("taken").asInt()
        < 3) {
      Thread.sleep(10);
    }
    var refused = post("{\"language\":\"python\",\"source\":\"z\"}");
    assertEquals(429, refused.statusCode());
    assertEquals(Optional.of("1"), refused.headers().firstValue("Retry-After"));
    runner.letGo.release(3);
    for (var response : running) {
      assertEquals(200, response.get(20, TimeUnit.SECONDS).statusCode());
    }
    runner.letGo.release();
    assertEquals(200, post("{\"language\":\"python\",\"source\":\"z\"}").statusCode());
  }

  @Test
  void aTokenIsAskedForWhereThereIsOne() throws Exception {
    start(1, Optional.of("secret"));
    assertEquals(401, get("/health", Optional.empty()).statusCode());
    assertEquals(401, get("/health", Optional.of("Bearer secre")).statusCode());
    assertEquals(401, get("/health", Optional.of("secret")).statusCode());
    assertEquals(200, get("/health", Optional.of("Bearer secret")).statusCode());
    assertEquals(401, post("{\"language\":\"python\",\"source\":\"x\"}").statusCode());
    assertEquals(List.of(), runner.seen);
  }

  @Test
  void otherMachinesAreServedWithATokenOnly() {
    start(1, Optional.empty());
    var settings = new SandboxServer.Settings("0.0.0.0", 0, 1, Optional.empty(), 64);
    var refused = assertThrows(UserError.class, () -> SandboxServer.start(runner, MOST, settings));
    assertTrue(refused.getMessage().contains("MIRRORSPARK_SANDBOX_TOKEN"), refused::getMessage);
    var taken = new SandboxServer.Settings("127.0.0.1", server.port(), 1, Optional.empty(), 64);
    assertThrows(UserError.class, () -> SandboxServer.start(runner, MOST, taken));
  }

  @Test
  void requestsToMendAreToldSo() throws Exception {
    start(1, Optional.empty());
    refused("not json", "the body is not JSON");
    refused("[]", "not a JSON object");
    refused("{\"language\":\"python\"}", "source: a text is missing");
    refused("{\"language\":\"python\",\"source\":1}", "source: a text is missing");
    refused("{\"language\":\"python\",\"source\":\"x\",\"code\":\"y\"}", "no key 'code'");
    refused("{\"language\":\"python\",\"source\":\"x\",\"tests\":[]}", "one at least");
    refused(
        "{\"language\":\"python\",\"source\":\"x\",\"tests\":[{\"input\":\"\"}]}",
        "output: a text");
    refused(
        "{\"language\":\"python\",\"source\":\"x\",\"stdin\":\"\",\"test_code\":\"\"}",
        "give one of");
    refused(
        "{\"language\":\"python\",\"source\":\"x\",\"limits\":{\"memory_mb\":513}}", "up to 512");
    refused(
        "{\"language\":\"python\",\"source\":\"x\",\"limits\":{\"memory_mb\":1.5}}",
        "a whole number");
    refused("{\"language\":\"python\",\"source\":\"x\",\"limits\":{\"cpu_seconds\":0}}", "above 0");
    refused("{\"language\":\"python\",\"source\":\"x\",\"limits\":{\"time\":1}}", "no key 'time'");
    runner.letGo.release(3);
    refused("{\"language\":\"python\",\"source\":\"unknown\"}", "no such language");
    assertEquals(413, post("x".repeat(65 * 1024)).statusCode());
    assertEquals(404, get("/", Optional.empty()).statusCode());
    assertEquals(405, get("/run", Optional.empty()).statusCode());
    assertEquals(500, post("{\"language\":\"python\",\"source\":\"throws\"}").statusCode());
    var failed = post("{\"language\":\"python\",\"source\":\"fails\"}");
    assertEquals(503, failed.statusCode());
    assertTrue(failed.headers().firstValue("Retry-After").isPresent());
    assertEquals("error", RunJson.JSON.readTree(failed.body()).get("verdict").asText());
  }

  @Test
  void pagesOfOtherSitesAreSentAway() throws Exception {
    start(1, Optional.empty());
    String body = "{\"language\":\"python\",\"source\":\"x\"}";
    String own = "Host: 127.0.0.1:%d".formatted(server.port());
    for (String head :
        List.of(
            own + "\r\nOrigin: http://evil.example",
            own + "\r\nOrigin: null",
            own + "\r\nSec-Fetch-Site: cross-site",
            own + "\r\nSec-Fetch-Site: same-site",
            own + "\r\nHost: evil.example",
            "Host: evil.example",
            "Host: evil.example\r\nOrigin: http://evil.example")) {
      assertEquals("403", status(raw("/run", head, body)), head);
    }
    for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "")) {
      assertEquals("415", status(raw("/run", own + "\r\nContent-Type: " + type, body)), type);
    }
    assertEquals(List.of(), runner.seen);
    runner.letGo.release(4);
    for (String head :
        List.of(
            own,
            own + "\r\nOrigin: http://127.0.0.1:%d".formatted(server.port()),
            "Host: localhost:1\r\nSec-Fetch-Site: none",
            own + "\r\nContent-Type: Application/JSON; charset=utf-8")) {
      assertEquals("200", status(raw("/run", head, body)), head);
    }
  }

  @Test
  void aTokenIsCheckedBeforeTheBodyIsRead() throws Exception {
    start(1, Optional.of("secret"));
    String head =
        "POST /run HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n";
    try (var socket = connect()) {
      socket.getOutputStream().write(bytes(head + "\r\n"));
      assertEquals("401", status(reply(socket)));
    }
    String basic = Base64.getEncoder().encodeToString(bytes("anybody:secret"));
    try (var socket = connect()) {
      socket.getOutputStream().write(bytes(head + "Authorization: Basic " + basic + "\r\n\r\n"));
      assertEquals("100", status(reply(socket)), "the body is wanted");
    }
    assertEquals(200, get("/health", Optional.of("Basic " + basic)).statusCode());
    for (String wrong :
        List.of(
            "Basic !",
            "Basic",
            "Basic " + Base64.getEncoder().encodeToString(bytes("anybody:secre")),
            "secret")) {
      assertEquals(401, get("/health", Optional.of(wrong)).statusCode(), wrong);
    }
  }

  /** A client that sends all before it reads gets the answer, no reset. */
  @Test
  void whatIsRefusedEarlyIsReadToItsEnd() throws Exception {
    start(1, Optional.of("secret"));
    String body = "x".repeat(4 << 20);
    for (int i = 0; i < 5; i++) {
      assertEquals("401", status(raw("/run", "Host: x", body)));
      assertEquals("413", status(raw("/run", "Host: x\r\nAuthorization: Bearer secret", body)));
    }
  }

  @Test
  void clientsThatAreSlowOrReadNothingHinderNobody() throws Exception {
    server =
        SandboxServer.start(
            runner,
            MOST,
            new SandboxServer.Settings("127.0.0.1", 0, 8, Optional.empty(), 64),
            (completion, language) -> completion,
            new Connection.Times(2, 2, 2, 2, 1));
    String large = "{\"language\":\"python\",\"source\":\"large\"}";
    List<Socket> hindering = new ArrayList<>();
    runner.letGo.release(1000);
    for (int i = 0; i < 6; i++) {
      var socket = new Socket();
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
      socket.getOutputStream().write(bytes(text("/run", "Host: localhost", large)));
      hindering.add(socket);
    }
    for (int i = 0; i < 1200; i++) {
      var socket = connect();
      String head =
          i % 2 == 0 ? "POST /run HT" : "POST /run HTTP/1.1\r\nContent-Length: 9\r\n\r\n{";
      socket.getOutputStream().write(bytes(head));
      hindering.add(socket);
    }
    long start = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertEquals(200, post("{\"language\":\"python\",\"source\":\"x\"}").statusCode());
      assertEquals(200, get("/health", Optional.empty()).statusCode());
    }
    assertTrue(System.nanoTime() - start < 5e9, "served at once");
    Thread.sleep(3500); // the times above have passed: all of them are sent off
    assertEquals(0, server.held(), "bytes kept");
    for (Socket socket : hindering.subList(hindering.size() - 4, hindering.size())) {
      String last = reply(socket);
      assertTrue(last.isEmpty() || status(last).equals("408"), last);
    }
    for (Socket socket : hindering) {
      socket.close();
    }
  }

  @Test
  void manyAtOnceAreServedOrToldToComeAgain() throws Exception {
    start(10, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String body = "{\"language\":\"python\",\"source\":\"x\"}";
      all.add(client.sendAsync(request(body), BodyHandlers.ofString()));
    }
    runner.letGo.release(200);
    int served = 0;
    for (var response : all) {
      int status = response.get(20, TimeUnit.SECONDS).statusCode();
      served += status == 200 ? 1 : 0;
      assertTrue(
          status == 200
              || (status == 429 && response.get().headers().firstValue("Retry-After").isPresent()));
    }
    assertTrue(served >= 12, "served " + served);
  }

  @Test
  void aClientThatIsGoneFreesItsPlace() throws Exception {
    start(0, Optional.empty());
    List<Socket> gone = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      var socket = connect();
      socket
          .getOutputStream()
          .write(
              bytes(text("/run", "Host: localhost", "{\"language\":\"python\",\"source\":\"x\"}")));
      gone.add(socket);
    }
    assertTrue(runner.busy.await(20, TimeUnit.SECONDS));
    assertEquals(429, post("{\"language\":\"python\",\"source\":\"y\"}").statusCode());
    for (Socket socket : gone) {
      socket.close();
    }
    for (int i = 0; taken() > 0 && i < 500; i++) {
      Thread.sleep(10);
    }
    runner.letGo.release();
    assertEquals(200, post("{\"language\":\"python\",\"source\":\"y\"}").statusCode());
  }

  @Test
  void anEndingServiceFinishesWhatItHasAndTakesNothingMore() throws Exception {
    start(4, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      running.add(
          client.sendAsync(
              request("{\"language\":\"python\",\"source\":\"x\"}"), BodyHandlers.ofString()));
    }
    try (var open = connect()) {
      open.getOutputStream().write(bytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      assertEquals("200", status(reply(open)));
      assertTrue(runner.busy.await(20, TimeUnit.SECONDS));
      while (taken() < 4) {
        Thread.sleep(10);
      }
      var drained = CompletableFuture.runAsync(() -> server.drain(20));
      while (!server.ends()) {
        Thread.sleep(1);
      }
      open.getOutputStream().write(bytes(text("/run", "Host: localhost", "{}")));
      assertEquals("503", status(reply(open)));
      runner.letGo.release(4);
      for (var response : running) {
        assertEquals(200, response.get(20, TimeUnit.SECONDS).statusCode());
      }
      drained.get(20, TimeUnit.SECONDS);
    }
    assertThrows(IOException.class, this::connect);
  }

  @Test
  void whatDoesNotEndInTimeIsToldToComeAgain() throws Exception {
    start(4, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      running.add(
          client.sendAsync(
              request("{\"language\":\"python\",\"source\":\"x\"}"), BodyHandlers.ofString()));
    }
    while (taken() < 4) {
      Thread.sleep(10);
    }
    server.drain(0.1);
    for (var response : running) {
      assertEquals(503, response.get(20, TimeUnit.SECONDS).statusCode());
    }
  }

  @Test
  void whatIsNoHttpIsSaidToBeNone() throws Exception {
    start(1, Optional.empty());
    for (String nonsense :
        List.of(
            "nonsense\r\n\r\n",
            "POST /run HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST /run HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n",
            "GET /health HTTP/1.1\r\nA: " + "x".repeat(20_000) + "\r\n\r\n")) {
      try (var socket = connect()) {
        socket.getOutputStream().write(bytes(nonsense));
        assertEquals("400", status(reply(socket)), nonsense.substring(0, 12));
      }
    }
    // a second request ahead of the reply to the first one is not served, and not mistaken either
    runner.letGo.release(2);
    String request = text("/run", "Host: localhost", "{\"language\":\"python\",\"source\":\"x\"}");
    try (var socket = connect()) {
      socket.getOutputStream().write(bytes(request + request));
      String replies = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(2, replies.split("HTTP/1.1 200", -1).length, replies);
    }
  }

  private int taken() throws Exception {
    return RunJson.JSON.readTree(get("/health", Optional.empty()).body()).get("taken").asInt();
  }

  private Socket connect() throws IOException {
    var socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(String path, String head, String body) {
    return "POST %s HTTP/1.1\r\n%s\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, head, bytes(body).length, body);
  }

  /** What the service answers to a request as it stands. */
  private String raw(String path, String head, String body) throws IOException {
    try (var socket = connect()) {
      socket.getOutputStream().write(bytes(text(path, head, body)));
      return reply(socket);
    }
  }

  /** What can be read at once, a head at least. */
  private static String reply(Socket socket) throws IOException {
    var buffer = new byte[1 << 16];
    int n = socket.getInputStream().read(buffer);
    return n < 0 ? "" : new String(buffer, 0, n, StandardCharsets.UTF_8);
  }

  private static String status(String reply) {
    return reply.split(" ")[1];
  }

  private void refused(String body, String why) throws Exception {
    var response = post(body);
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(
        RunJson.JSON.readTree(response.body()).get("error").asText().contains(why),
        response.body());
  }

  private void start(int queue, Optional<String> token) {
    server =
        SandboxServer.start(
            runner, MOST, new SandboxServer.Settings("127.0.0.1", 0, queue, token, 64));
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path));
  }

  private HttpRequest request(String body) {
    return HttpRequest.newBuilder(uri("/run")).POST(BodyPublishers.ofString(body)).build();
  }

  private HttpResponse<String> post(String body) throws Exception {
    return client.send(request(body), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path, Optional<String> authorization) throws Exception {
    var request = HttpRequest.newBuilder(uri(path));
    authorization.ifPresent(value -> request.header("Authorization", value));
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static List<String> names(JsonNode json) {
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
