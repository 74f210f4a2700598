package dev.mirrorspark.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.TinyPolicy;
import dev.mirrorspark.decode.UncachedLogprobs;
import dev.mirrorspark.http.HttpServer;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.serve.ServedPolicy.Said;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The service as clients see it. */
class PolicyServerTest {
  private static final String PATH = "/v1/completions";

  @TempDir private static Path folder;
  private static PolicyVersion policy;
  private static Path kept;
  private static ServedPolicy served;

  @BeforeAll
  static void start() {
    policy = TinyPolicy.write(folder, 3);
    kept = folder.resolve("kept.jsonl");
    served = ServedPolicy.start(policy, "tiny-3", 0, 4, 1000, Optional.empty(), Optional.of(kept));
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  private static int[] ints(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static JsonNode choice(Said said) {
    assertEquals(200, said.status(), said.json() + "");
    return said.json().at("/choices/0");
  }

  /** Ids and log-probs are those of a forward pass without cache; greedy takes the likeliest. */
  @ParameterizedTest
  @CsvSource({"0, 1", "1.3, 1.3"})
  void tokensAndLogprobsAreThoseOfThePolicy(double temperature, double divisor) {
    var choice =
        choice(
            served.post(
                PATH,
                "{'model':'tiny-3','prompt':[5,6,7],'max_tokens':20,'logprobs':1,'seed':4,"
                    + "'temperature':%s}".formatted(temperature)));
    int[] tokens = ints(choice.path("token_ids"));
    assertArrayEquals(new int[] {5, 6, 7}, ints(choice.path("prompt_token_ids")));
    double[][] expected =
        UncachedLogprobs.distributions(
            TinyPolicy.SHAPE, TinyPolicy.flat(3), new int[] {5, 6, 7}, tokens, divisor);
    var logprobs = choice.at("/logprobs/token_logprobs");
    assertEquals(tokens.length, logprobs.size());
    for (int t = 0; t < tokens.length; t++) {
      assertEquals(expected[t][tokens[t]], logprobs.get(t).asDouble(), 1e-4, "token " + t);
      if (temperature == 0) {
        for (double other : expected[t]) {
          assertTrue(other <= expected[t][tokens[t]] + 1e-5);
        }
      }
    }
    boolean ended = choice.path("finish_reason").asText().equals("stop");
    assertTrue(ended ? tokens.length <= 20 : tokens.length == 20, choice + "");
  }

  /** A response depends on its seed alone, not on what is decoded beside it. */
  @Test
  void responsesThatComeWhileOthersRunAreTheSame() {
    String request = "{'prompt':'1+2=','max_tokens':24,'n':2,'seed':%d}".replace('\'', '"');
    List<String> alone = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      alone.add(choices(served.post(PATH, request.formatted(seed))));
    }
    List<CompletableFuture<Said>> together = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      together.add(
          served
              .client()
              .sendAsync(
                  served.posted(PATH, request.formatted(seed)),
                  HttpResponse.BodyHandlers.ofByteArray())
              .thenApply(ServedPolicy::said));
    }
    for (int seed = 0; seed < 6; seed++) {
      assertEquals(alone.get(seed), choices(together.get(seed).join()), "seed " + seed);
    }
    assertNotEquals(alone.get(0), alone.get(1));
  }

  private static String choices(Said said) {
    assertEquals(200, said.status(), said.json() + "");
    assertEquals(2, said.json().path("choices").size());
    return said.json().path("choices").toString();
  }

  @Test
  void severalPromptsGiveTheirResponsesInOrder() {
    var said = served.post(PATH, "{'prompt':[[5],[6,7]],'max_tokens':3,'n':2}");
    var choices = said.json().path("choices");
    assertEquals(4, choices.size(), said.json() + "");
    for (int i = 0; i < 4; i++) {
      assertEquals(i, choices.get(i).path("index").asInt());
      assertEquals(i < 2 ? 1 : 2, choices.get(i).path("prompt_token_ids").size());
    }
    assertEquals(3, said.json().at("/usage/prompt_tokens").asInt());
  }

  @Test
  void aStopTextEndsTheResponseAndIsNotPartOfIt() {
    String body = "{'prompt':'1+','max_tokens':40,'seed':1,'logprobs':1%s}";
    var whole = choice(served.post(PATH, body.formatted("")));
    String text = whole.path("text").asText();
    assertTrue(text.length() > 3, text);
    String stop = text.substring(2, 3);
    var cut = choice(served.post(PATH, body.formatted(",'stop':'" + stop + "'")));
    assertEquals(text.substring(0, text.indexOf(stop)), cut.path("text").asText());
    assertEquals("stop", cut.path("finish_reason").asText());
    int tokens = cut.path("token_ids").size(); // a character each
    assertEquals(text.indexOf(stop) + 1, tokens);
    assertEquals(tokens, cut.at("/logprobs/token_logprobs").size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'1','stream':true} | stream",
        "{'prompt':'1','top_p':0.9} | top_p",
        "{'prompt':'1','suffix':'x'} | suffix: is not known",
        "{'prompt':'1','logprobs':5} | logprobs",
        "{'prompt':'1','n':0} | n: a whole number",
        "{'prompt':'1','max_tokens':0} | max_tokens",
        "{'prompt':'1','temperature':-1} | temperature",
        "{'prompt':'1','model':'gpt'} | model: tiny-3 is served",
        "{'prompt':[1,999]} | the token id 999",
        "{'prompt':[]} | prompt",
        "{'prompt':'1','stop':''} | stop",
        "{'prompt':'1','seed':'a'} | seed",
        "{'max_tokens':2} | prompt",
        "[] | object",
        "{'prompt' | no JSON",
      })
  void whatIsNotKnownIsRefusedByName(String body, String named) {
    var said = served.post(PATH, body);
    assertEquals(400, said.status());
    String message = said.json().at("/error/message").asText();
    assertTrue(message.contains(named), message);
  }

  @Test
  void aConversationNeedsATemplate() {
    var said =
        served.post(
            "/v1/chat/completions", "{'messages':[{'role':'user','content':'1'}],'max_tokens':2}");
    assertEquals(400, said.status());
    assertTrue(said.json().toString().contains("chat template"), said.json() + "");
  }

  @Test
  void aTemplateFramesMessages() throws Exception {
    var other = TinyPolicy.write(folder.resolve("chat"), 4);
    Files.writeString(
        Path.of(other.folder(), "chat_template.jinja"),
        "{% for m in messages %}{{ m.content }}+{% endfor %}=");
    try (var chat = ServedPolicy.start(other, "chat", 0)) {
      var said =
          chat.post(
              "/v1/chat/completions",
              "{'messages':[{'role':'user','content':'1'},{'role':'assistant','content':'2'}],"
                  + "'max_tokens':3,'logprobs':true,'seed':1}");
      var message = choice(said);
      assertEquals("chat.completion", said.json().path("object").asText());
      assertEquals("assistant", message.at("/message/role").asText());
      assertEquals(
          message.path("token_ids").size(), message.at("/logprobs/content").size(), message + "");
      int[] framed = ints(message.path("prompt_token_ids"));
      int[] text =
          ints(
              choice(chat.post(PATH, "{'prompt':'1+2+=','max_tokens':1}"))
                  .path("prompt_token_ids"));
      assertArrayEquals(
          framed,
          Arrays.copyOfRange(text, text.length - framed.length, text.length),
          "the template alone puts begin tokens");
      var same =
          "{'prompt':%s,'max_tokens':3,'seed':1}".formatted(message.path("prompt_token_ids"));
      assertEquals(choice(chat.post(PATH, same)).path("text"), message.at("/message/content"));
    }
  }

  @Test
  void modelsAndHealthSayWhatIsServed() {
    assertEquals("tiny-3", served.get("/v1/models").json().at("/data/0/id").asText());
    assertEquals(3, served.get("/v1/models").json().at("/data/0/policy_version").asInt());
    assertEquals("ok", served.get("/health").json().path("status").asText());
    assertEquals(404, served.get("/v2").status());
    assertEquals(405, served.get(PATH).status());
  }

  @Test
  void tooManyResponsesAreToldToComeAgain() {
    try (var small = ServedPolicy.start(policy, "s", 0, 1, 2, Optional.empty(), Optional.empty())) {
      var first =
          small
              .client()
              .sendAsync(
                  small.posted(PATH, "{'prompt':'1','max_tokens':60,'n':40}"),
                  HttpResponse.BodyHandlers.ofByteArray());
      boolean refused = false;
      while (!first.isDone() && !refused) {
        boolean taken = small.get("/health").json().path("taken").asInt() > 2;
        refused = taken && small.post(PATH, "{'prompt':'1','max_tokens':1}").status() == 429;
      }
      assertTrue(refused);
      assertEquals(200, first.join().statusCode());
      assertEquals(200, small.post(PATH, "{'prompt':'1','max_tokens':1}").status());
    }
  }

  @Test
  void drainingLetsWhatRunsComeToItsEnd() throws Exception {
    var ending = ServedPolicy.start(policy, "e", 0);
    var running =
        ending
            .client()
            .sendAsync(
                ending.posted(PATH, "{'prompt':'1','max_tokens':60,'n':40}"),
                HttpResponse.BodyHandlers.ofByteArray());
    while (ending.get("/health").json().path("taken").asInt() == 0) {
      Thread.sleep(1);
    }
    ending.server().drain(30);
    var said = ServedPolicy.said(running.join());
    assertEquals(40, said.json().path("choices").size(), said.json() + "");
    assertThrows(RuntimeException.class, () -> ending.get("/health"));
  }

  /** Its responses would take minutes; the next client has the one slot at once. */
  @Test
  @Timeout(60)
  void whoIsGoneFreesItsSlot() throws Exception {
    Path file = folder.resolve("gone.jsonl");
    try (var small =
        ServedPolicy.start(policy, "s", 0, 1, 5000, Optional.empty(), Optional.of(file))) {
      String body = "{\"prompt\":[5,6],\"max_tokens\":60,\"n\":1000}";
      var prompts = "[" + "[5,6],".repeat(9) + "[5,6]]";
      body = body.replace("[5,6]", prompts);
      for (int client = 0; client < 2; client++) {
        try (var socket = new Socket("127.0.0.1", small.server().port())) {
          var out = socket.getOutputStream();
          String head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
          out.write((head.formatted(PATH, body.length()) + body).getBytes());
          out.flush();
          if (client == 0) {
            awaitTaken(small, 100, Integer.MAX_VALUE);
          }
        } // the second one is gone before its request is read
      }
      awaitTaken(small, 0, 0);
      int status = 429; // while the second one's request is read, of which nobody is told
      while (status == 429) {
        status = small.post(PATH, "{'prompt':[5],'max_tokens':60}").status();
      }
      assertEquals(200, status);
      awaitTaken(small, 0, 0);
    }
    long written = Files.lines(file).count();
    assertTrue(written < 9000, written + " responses were decoded to their end");
  }

  private static void awaitTaken(ServedPolicy served, int least, int most)
      throws InterruptedException {
    int taken = -1;
    while (taken < least || taken > most) {
      taken = served.get("/health").json().path("taken").asInt();
      Thread.sleep(5);
    }
  }

  @Test
  void aCacheThatTheMachineCannotHoldIsRefusedBeforeAnythingIsServed() {
    var fault =
        assertThrows(
            UserError.class,
            () ->
                ServedPolicy.start(
                    policy, "x", 0, 100_000_000, 1, Optional.empty(), Optional.empty()));
    assertTrue(fault.getMessage().startsWith("--context, --slots: "), fault.getMessage());
    assertTrue(fault.getMessage().contains("64 tokens"), fault.getMessage());
  }

  /** A batch of other settings has the cache of the one before, which broke off. */
  @Test
  void batchesShareOneCache() {
    String request = "{'prompt':[5,6,7],'max_tokens':30,'seed':3,'temperature':%s,'n':6}";
    String first = served.post(PATH, request.formatted(1)).json().path("choices").toString();
    served.post(PATH, request.formatted(0.5));
    assertEquals(first, served.post(PATH, request.formatted(1)).json().path("choices").toString());
  }

  @Test
  void aTokenIsAskedForWhereThereIsOne() {
    try (var guarded =
        ServedPolicy.start(policy, "g", 0, 1, 1, Optional.of("secret"), Optional.empty())) {
      assertEquals(200, guarded.get("/v1/models").status());
      var without =
          java.net.http.HttpRequest.newBuilder(java.net.URI.create(guarded.url() + "/models"))
              .build();
      assertEquals(401, guarded.said(without).status());
    }
  }

  @Test
  void beyondThisMachineItTakesAToken() {
    var place = RunFile.parse("", List.of()).model();
    var http = new HttpServer.Settings("0.0.0.0", 0, Optional.empty(), "THE_TOKEN", 64);
    var settings = new PolicyServer.Settings("x", place, 64, 1, 1, 1, http);
    var fault =
        assertThrows(UserError.class, () -> PolicyServer.start(policy, settings, Optional.empty()));
    assertTrue(fault.getMessage().contains("THE_TOKEN"), fault.getMessage());
  }

  @Test
  void whatIsSampledIsKept() throws Exception {
    long before = Files.exists(kept) ? Files.lines(kept).count() : 0;
    var choice = choice(served.post(PATH, "{'prompt':[5],'max_tokens':4,'seed':99,'logprobs':1}"));
    List<String> lines = Files.readAllLines(kept);
    assertTrue(lines.size() > before);
    JsonNode last = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertEquals(choice.path("token_ids"), last.path("token_ids"));
    assertEquals(choice.at("/logprobs/token_logprobs"), last.path("logprobs"));
    assertEquals(3, last.path("policy_version").asInt());
    assertEquals("tiny-3", last.path("model").asText());
  }
}
