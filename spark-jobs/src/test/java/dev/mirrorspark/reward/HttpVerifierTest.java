package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.reward.Verdict.Cause;
import dev.mirrorspark.reward.Verdict.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a real server on the loopback address. */
class HttpVerifierTest {
  private static final String RIGHT = "{\"verdict\": \"correct\", \"detail\": \"seen\"}";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the server does with a request, numbered from 1. */
  private interface Reply {
    void to(HttpExchange exchange, int request) throws IOException, InterruptedException;
  }

  private final AtomicInteger requests = new AtomicInteger();
  private final List<Long> arrivals = Collections.synchronizedList(new ArrayList<>());
  private final List<JsonNode> bodies = Collections.synchronizedList(new ArrayList<>());
  private final List<String> tokens = Collections.synchronizedList(new ArrayList<>());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private Reply reply = (exchange, request) -> send(exchange, 200, RIGHT);

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/judge",
        exchange -> {
          arrivals.add(System.nanoTime());
          bodies.add(JSON.readTree(exchange.getRequestBody().readAllBytes()));
          tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          try (exchange) {
            reply.to(exchange, requests.incrementAndGet());
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void theEndpointSeesProblemAndResponse() {
    var judged = judge(List.of(Attempts.of("7", "integer", "3+4=7;\n#7")), "").get(0);
    assertEquals(Verdict.of(true, "seen"), judged.verdict());
    assertEquals("http://127.0.0.1:" + server.getAddress().getPort() + "/judge", judged.verifier());
    var sent = bodies.get(0);
    assertEquals("p", sent.get("prompt_id").textValue());
    assertEquals(0, sent.get("sample").intValue());
    assertEquals("d", sent.get("domain").textValue());
    assertEquals("What is it?", sent.get("problem").textValue());
    assertEquals("7", sent.get("answer").textValue());
    assertEquals("integer", sent.get("answer_type").textValue());
    assertEquals("3+4=7;\n#7", sent.get("response").textValue());
    assertEquals("null", tokens.get(0));
  }

  @Test
  void theTokenComesFromTheEnvironmentAndShowsNowhereElse() {
    String secret = System.getenv("PATH").strip();
    reply = (exchange, request) -> send(exchange, 403, "");
    var judged = judge(List.of(Attempts.of("7", "integer", "#7")), "", "PATH").get(0);
    assertEquals("Bearer " + secret, tokens.get(0));
    assertFalse(judged.toString().contains(secret), judged.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"verdict\": \"wrong\"} | wrong | | ",
        "{\"verdict\": \"correct\", \"score\": 0.25, \"more\": 1} | correct | | 0.25",
        "{\"verdict\": \"wrong\", \"score\": null} | wrong | | ",
        "{\"verdict\": \"error\", \"detail\": \"no reference\"} | error | REFUSED | ",
        "{\"verdict\": \"correct\", \"score\": 2} | error | BAD_REPLY | ",
        "{\"verdict\": \"correct\", \"score\": \"1\"} | error | BAD_REPLY | ",
        "{\"verdict\": \"Correct\"} | error | BAD_REPLY | ",
        "{\"verdict\": true} | error | BAD_REPLY | ",
        "{} | error | BAD_REPLY | ",
        "[\"correct\"] | error | BAD_REPLY | ",
        "{\"verdict\": \"correct\"} {} | error | BAD_REPLY | ",
        "<html>correct</html> | error | BAD_REPLY | ",
      })
  void aReplyIsReadStrictly(String body, String outcome, Cause cause, Double score) {
    reply = (exchange, request) -> send(exchange, 200, body);
    var verdict = judge(Attempts.right(1), "").get(0).verdict();
    assertEquals(outcome, verdict.outcome().label(), verdict.toString());
    assertEquals(Optional.ofNullable(cause), verdict.cause());
    assertEquals(
        score == null ? OptionalDouble.empty() : OptionalDouble.of(score), verdict.score());
    assertEquals(1, requests.get());
  }

  @ParameterizedTest
  @CsvSource({"408, 3", "429, 3", "500, 3", "503, 3", "400, 1", "401, 1", "404, 1", "302, 1"})
  void onlyWhatCanPassIsTriedAgain(int status, int expected) {
    reply =
        (exchange, request) -> send(exchange, request < 3 ? status : 200, request < 3 ? "" : RIGHT);
    var verdict = judge(Attempts.right(1), "").get(0).verdict();
    assertEquals(expected, requests.get());
    assertEquals(expected == 3 ? Outcome.CORRECT : Outcome.ERROR, verdict.outcome());
    if (expected == 1) {
      assertEquals(Optional.of(Cause.REJECTED), verdict.cause());
      assertEquals("status " + status, verdict.detail());
    }
  }

  @Test
  void afterAllAttemptsItIsAnErrorWithItsCause() {
    reply = (exchange, request) -> send(exchange, 503, "");
    var verdict = judge(Attempts.right(1), "").get(0).verdict();
    assertEquals(4, requests.get());
    assertEquals(Optional.of(Cause.UNAVAILABLE), verdict.cause());
    assertEquals("status 503 after all attempts", verdict.detail());
  }

  @Test
  void waitsDoubleWithAJitterThatIsTheSameEachTime() {
    reply = (exchange, request) -> send(exchange, 503, "");
    judge(Attempts.right(1), "backoff_seconds: 0.1");
    double[] first = waits();
    arrivals.clear();
    judge(Attempts.right(1), "backoff_seconds: 0.1");
    double[] second = waits();
    for (int i = 0; i < 3; i++) {
      double base = 0.1 * Math.pow(2, i);
      assertTrue(first[i] >= base / 2, "wait " + i + ": " + first[i]);
      assertEquals(first[i], second[i], 0.1);
    }
  }

  @Test
  void retryAfterIsHonoured() {
    reply =
        (exchange, request) -> {
          exchange.getResponseHeaders().add("Retry-After", "1");
          send(exchange, request == 1 ? 429 : 200, request == 1 ? "" : RIGHT);
        };
    assertEquals(Outcome.CORRECT, judge(Attempts.right(1), "").get(0).verdict().outcome());
    assertTrue(waits()[0] >= 1, "waited " + waits()[0]);
  }

  @Test
  void requestsAtOnceAreBounded() {
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    reply =
        (exchange, request) -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          Thread.sleep(20);
          now.decrementAndGet();
          send(exchange, 200, RIGHT);
        };
    var judged = judge(Attempts.right(40), "concurrency: 3");
    assertEquals(40, judged.stream().filter(one -> one.verdict().correct().orElse(false)).count());
    assertEquals(3, most.get());
  }

  @Test
  void aLongReplyIsCutOff() {
    reply = (exchange, request) -> send(exchange, 200, RIGHT + " ".repeat(100_000));
    var verdict = judge(Attempts.right(1), "max_bytes: 1000").get(0).verdict();
    assertEquals(Optional.of(Cause.BAD_REPLY), verdict.cause());
    assertEquals("the reply is longer than 1,000 bytes", verdict.detail());
  }

  @Test
  void aReplyThatDoesNotComeOrDripsIsAnErrorInTime() {
    reply =
        (exchange, request) -> {
          if (request % 2 == 0) {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
          }
          Thread.sleep(20_000);
        };
    long start = System.nanoTime();
    var verdict = judge(Attempts.right(1), "request_seconds: 0.3").get(0).verdict();
    assertEquals(Optional.of(Cause.UNAVAILABLE), verdict.cause(), verdict.detail());
    assertTrue(verdict.detail().contains("no reply within"), verdict.detail());
    assertEquals(4, requests.get());
    assertTrue(System.nanoTime() - start < 5_000_000_000L);
  }

  @Test
  void noServerIsAnError() throws IOException {
    try (var free = new ServerSocket(0)) {
      free.close();
      var route = "{url: 'http://127.0.0.1:%d/'}".formatted(free.getLocalPort());
      var verdict = judge(Attempts.right(1), "attempts: 2", route).get(0).verdict();
      assertEquals(Optional.of(Cause.UNAVAILABLE), verdict.cause());
      assertTrue(verdict.detail().startsWith("ConnectException"), verdict.detail());
    }
  }

  private double[] waits() {
    double[] waits = new double[arrivals.size() - 1];
    for (int i = 0; i < waits.length; i++) {
      waits[i] = (arrivals.get(i + 1) - arrivals.get(i)) * 1e-9;
    }
    return waits;
  }

  private List<Judged> judge(List<Attempt> attempts, String http, String tokenEnv) {
    boolean whole = tokenEnv.startsWith("{");
    String route =
        whole
            ? tokenEnv
            : "{url: 'http://127.0.0.1:%d/judge', token_env: '%s'}"
                .formatted(server.getAddress().getPort(), tokenEnv);
    String settings =
        http.contains("backoff")
            ? http
            : http + (http.isEmpty() ? "" : ", ") + "backoff_seconds: 0.01";
    var config =
        RunFile.parse(
            "reward: {routes: [%s], seconds: 8, http: {%s}}".formatted(route, settings), List.of());
    return Verifiers.of(config, List.of(RuleVerifier::new)).judge(attempts);
  }

  private List<Judged> judge(List<Attempt> attempts, String http) {
    return judge(attempts, http, "");
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
