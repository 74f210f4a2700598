package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
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
