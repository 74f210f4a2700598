package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.reward.Verdict.Cause;
import dev.mirrorspark.reward.Verdict.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real server on the loopback address that speaks as OpenAI's does. */
class LanguageModelJudgeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RIGHT = "They agree.\n```json\n{\"correct\": true}\n```";
  private static final String WRONG = "They differ. {\"correct\": false}";

  private final List<JsonNode> requests = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;
  private Function<String, String> reply = text -> RIGHT; // a number is a status

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
          requests.add(request);
          String said = reply.apply(request.at("/messages/0/content").asText());
          boolean fails = said.matches("\\d{3}");
          var json = JSON.createObjectNode().put("object", "chat.completion");
          json.putArray("choices").addObject().putObject("message").put("content", said);
          byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
          try (exchange) {
            exchange.sendResponseHeaders(fails ? Integer.parseInt(said) : 200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Verdict judge(String response, String... sets) {
    return verifiers(sets).judge(List.of(Attempts.of("Paris", "free", response))).get(0).verdict();
  }

  private Verifiers verifiers(String... sets) {
    List<String> all =
        List.of(
            "reward.routes=[{answer_type: free, verifier: judge}]",
            "reward.http.backoff_seconds=0",
            "reward.judge.model=m",
            "reward.judge.url=http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    return Verifiers.load(
        RunFile.load(Optional.empty(), Stream.concat(all.stream(), Arrays.stream(sets)).toList()));
  }

  @Test
  void itReadsQuestionAnswerAndResponse() {
    assertEquals(
        Verdict.of(true, "1 of 1 votes correct, 0 invalid"),
        judge("It is {reference}, \ud83d\ude00 \ud800.", "reward.judge.max_tokens=77"));
    JsonNode request = requests.get(0);
    String text = request.at("/messages/0/content").asText();
    assertTrue(text.contains("<question>\nWhat is it?\n</question>"), text);
    assertTrue(text.contains("<right_answer>\nParis\n</right_answer>"), text);
    assertTrue(text.contains("<response>\nIt is {reference}, \ud83d\ude00 ?.\n</response>"), text);
    assertEquals("m", request.path("model").asText());
    assertEquals(77, request.path("max_tokens").asInt());
    assertEquals("user", request.at("/messages/0/role").asText());
  }

  @Test
  void theMajorityOfValidVotesCountsAndATieIsWrong() {
    var replies = new ArrayList<String>();
    reply = text -> replies.remove(0);
    replies.addAll(List.of(RIGHT, "no idea", RIGHT, WRONG, "{"));
    assertEquals(
        Verdict.of(true, "2 of 3 votes correct, 2 invalid"), judge("x", "reward.judge.votes=5"));
    assertEquals(5, requests.stream().map(request -> request.path("seed")).distinct().count());
    replies.addAll(List.of(RIGHT, WRONG));
    assertEquals(Outcome.WRONG, judge("x", "reward.judge.votes=2").outcome());
    replies.addAll(List.of(RIGHT, WRONG, RIGHT, RIGHT));
    var scored = judge("x", "reward.judge.votes=4", "reward.judge.raw=score");
    assertEquals(OptionalDouble.of(0.75), scored.score());
  }

  /** A response cannot choose that there is no verdict on it. */
  @Test
  void aResponseThatTheJudgeCannotReadIsWrongAndAJudgeThatReadsNothingIsAnError() {
    for (String failure : List.of("I refuse.", "400", "413", "422", "{\"correct\": 1}", "")) {
      reply = text -> text.contains("garble") ? failure : RIGHT;
      var wrong = judge("garble");
      assertEquals(Outcome.WRONG, wrong.outcome(), failure);
      assertTrue(wrong.detail().startsWith("unreadable for the judge: "), wrong.detail());
      assertEquals(Outcome.CORRECT, judge("plain").outcome());
      reply = text -> failure;
      assertEquals(Outcome.ERROR, judge("plain").outcome(), failure);
    }
    reply = text -> "I refuse.";
    assertEquals(Optional.of(Cause.BAD_REPLY), judge("x").cause());
    reply = text -> "401";
    assertEquals(Optional.of(Cause.REJECTED), judge("x").cause());
    reply = text -> text.contains("garble") ? "503" : RIGHT;
    assertEquals(Optional.of(Cause.UNAVAILABLE), judge("garble").cause());
  }

  @Test
  void itJudgesWhereARouteNamesItOnly() {
    var verifiers = verifiers();
    var judged =
        verifiers.judge(
            List.of(
                Attempts.of("7", "integer", "#7"), Attempts.of("Paris", "free", "It is Paris.")));
    assertEquals(List.of("rule", "judge"), judged.stream().map(Judged::verifier).toList());
    assertEquals(1, requests.size());
    for (String set :
        List.of(
            "reward.judge.url=nowhere",
            "reward.judge.model=",
            "reward.judge.template=x",
            "reward.judge.votes=0",
            "reward.judge.raw=both",
            "reward.judge.token_env=NO_SUCH_VARIABLE_AT_ALL")) {
      String key = set.substring(0, set.indexOf('='));
      var error = assertThrows(UserError.class, () -> verifiers(set));
      assertTrue(error.getMessage().contains(key), error.getMessage());
    }
  }
}
