package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.config.UserError;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The HTTP contract, in front of a runner that runs nothing. */
class SandboxServerTest extends ServedRunner {

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
    for (String type : List.of("text/plain", "multipart/form-data; boundary=x", "")) {
      assertEquals("415", status(raw("/run", own + "\r\nContent-Type: " + type, body)), type);
    }
    assertEquals(List.of(), runner.seen);
    runner.letGo.release(5);
    for (String head :
        List.of(
            own,
            own + "\r\nContent-Type: application/x-www-form-urlencoded",
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

  private void refused(String body, String why) throws Exception {
    var response = post(body);
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(
        RunJson.JSON.readTree(response.body()).get("error").asText().contains(why),
        response.body());
  }

  private static List<String> names(JsonNode json) {
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
