package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.http.Reply;
import dev.mirrorspark.sandbox.RunJson.BadRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SandboxFusion's requests and answers, in front of a runner that runs nothing. */
class FusionRequestsTest {
  private static final Limits MOST = new Limits(10, 20, 512, 64, 1024, 64);

  private final FakeRunner runner = new FakeRunner();
  private final FusionRequests requests =
      new FusionRequests(runner, MOST, (completion, language) -> completion.replace("```", ""));

  /** Gives the outcome that it is told to. */
  private static final class FakeRunner implements Runner {
    final List<Run> seen = new ArrayList<>();
    Outcome outcome = outcome(ProgramVerdict.PASSED, "exit code 0", 0);

    @Override
    public Outcome judge(Run run) {
      seen.add(run);
      return outcome;
    }

    @Override
    public Set<String> languages() {
      return Set.of("python", "cpp", "javascript", "shell");
    }

    @Override
    public boolean compiles(String language) {
      return language.equals("cpp");
    }

    @Override
    public int slots() {
      return 1;
    }
  }

  private static Outcome outcome(ProgramVerdict verdict, String detail, int exitCode) {
    return new Outcome(verdict, detail, exitCode, "out\n", "err\n", 0.5, 7);
  }

  private JsonNode runCode(String body) throws Exception {
    Reply reply = requests.runCode(body.getBytes(StandardCharsets.UTF_8)).call();
    assertEquals(200, reply.status());
    return RunJson.JSON.readTree(reply.body());
  }

  /** As verl sends it: its own memory limit is above this service's. */
  private static String verl(String language) {
    return """
    {"compile_timeout": 10, "run_timeout": 10, "code": "print(1)", "stdin": "3 4",
     "memory_limit_MB": 1024, "language": "%s", "files": {}, "fetch_files": []}\
    """
        .formatted(language);
  }

  @Test
  void theRequestOfVerlIsRun() throws Exception {
    JsonNode json = runCode(verl("python"));
    assertEquals(
        List.of(
            new Run(
                "python", "print(1)", new Run.Once("3 4"), new Limits(10, 10, 512, 64, 1024, 64))),
        runner.seen);
    assertEquals("Success", json.get("status").asText());
    assertEquals("memory_limit_MB is 512 here at most", json.get("message").asText());
    assertTrue(json.get("compile_result").isNull());
    JsonNode run = json.get("run_result");
    assertEquals("Finished", run.get("status").asText());
    assertEquals(0, run.get("return_code").asInt());
    assertEquals("out\n", run.get("stdout").asText());
    assertEquals("err\n", run.get("stderr").asText());
    assertEquals(0.5, run.get("execution_time").asDouble());
    assertTrue(json.get("files").isEmpty() && json.get("files").isObject());
  }

  @Test
  void whatIsLeftOutHasItsUsualValue() throws Exception {
    runCode("{\"code\": \"x\", \"language\": \"bash\", \"stdin\": null, \"memory_limit_MB\": -1}");
    runCode("{\"code\": \"x\", \"language\": \"nodejs\", \"run_timeout\": 0.5}");
    assertEquals(
        List.of(
            new Run("shell", "x", new Run.Once(""), new Limits(10, 10, 512, 64, 1024, 64)),
            new Run("javascript", "x", new Run.Once(""), new Limits(0.5, 0.5, 512, 64, 1024, 64))),
        runner.seen);
  }

  /**
   * What verl's client makes of an answer, by its table: −1 the service failed, −2 the program
   * failed, −3 time, −4 no program; empty: it compares the output.
   */
  private static String verlReads(JsonNode json) {
    JsonNode compile = json.get("compile_result");
    JsonNode run = json.get("run_result");
    switch (json.get("status").asText()) {
      case "Success":
        return run.get("status").asText().equals("Finished") ? "" : "-1";
      case "Failed":
        if (!compile.isNull() && fails(compile)) {
          return "-4";
        }
        if (run.isNull() || !fails(run)) {
          return "-1";
        }
        return run.get("status").asText().equals("TimeLimitExceeded") ? "-3" : "-2";
      default:
        return "-1";
    }
  }

  private static boolean fails(JsonNode result) {
    return !result.get("status").asText().equals("Finished")
        || result.get("return_code").asInt() != 0;
  }

  @ParameterizedTest
  @CsvSource({
    "PASSED, 0, python, ''",
    "PASSED, 0, cpp, ''",
    "RUNTIME_ERROR, 3, python, -2",
    "RUNTIME_ERROR, 0, cpp, -2",
    "RUNTIME_ERROR, 139, cpp, -2",
    "MEMORY_LIMIT, 137, python, -2",
    "MEMORY_LIMIT, 0, cpp, -2",
    "TIME_LIMIT, 137, python, -3",
    "TIME_LIMIT, 152, cpp, -3",
    "COMPILE_ERROR, 1, cpp, -4",
    "COMPILE_ERROR, 1, python, -2",
    "ERROR, -1, python, -1",
  })
  void everyVerdictReadsRight(ProgramVerdict verdict, int exitCode, String language, String reads)
      throws Exception {
    runner.outcome = outcome(verdict, "why", exitCode);
    JsonNode json = runCode(verl(language));
    assertEquals(reads, verlReads(json), json.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"language\": \"python\"}",
        "{\"code\": \"x\"}",
        "{\"code\": \"x\", \"language\": \"cobol\"}",
        "{\"code\": \"x\", \"language\": \"pytest\"}",
        "{\"code\": \"x\", \"language\": \"python\", \"files\": {\"a\": \"no base64\"}}",
        "{\"code\": \"x\", \"language\": \"python\", \"files\": {\"a\": 7}}",
        "{\"code\": \"x\", \"language\": \"python\", \"files\": {\"../a\": \"eA==\"}}",
        "{\"code\": \"x\", \"language\": \"python\", \"files\": {\"/tmp/a\": \"eA==\"}}",
        "{\"code\": \"x\", \"language\": \"python\", \"files\": {\"a/./b\": \"eA==\"}}",
        "{\"code\": \"x\", \"language\": \"python\", \"files\": {\"a\\nb\": \"eA==\"}}",
        "{\"code\": \"x\", \"language\": \"python\", \"fetch_files\": [\"a/../../b\"]}",
        "{\"code\": \"x\", \"language\": \"python\", \"fetch_files\": [7]}",
        "{\"code\": \"x\", \"language\": \"python\", \"args\": [\"-v\"]}",
        "{\"code\": \"x\", \"language\": \"python\", \"run_timeout\": 0}",
        "{\"code\": \"x\", \"language\": \"python\", \"run_timeout\": \"1\"}",
        "{\"code\": \"x\", \"language\": \"python\", \"timeout\": 1}",
        "[]",
      })
  void whatIsNotServedIsRefused(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    assertThrows(BadRequest.class, () -> requests.runCode(bytes).call(), body);
  }

  @Test
  void filesGoToTheProgramAndComeBack() throws Exception {
    runner.outcome =
        new Outcome(ProgramVerdict.PASSED, "", 0, "out\n", "", 0.5, 7, Map.of("b.txt", "eQ=="));
    JsonNode json =
        runCode(
            """
            {"code": "x", "language": "python", "files": {"d/a.txt": "eA==", "left out": null},
             "fetch_files": ["b.txt", "d/c"]}\
            """);
    var files = new WorkFiles(Map.of("d/a.txt", "eA=="), List.of("b.txt", "d/c"));
    assertEquals(new Run.Once("", files), runner.seen.get(0).check());
    assertEquals("{\"b.txt\":\"eQ==\"}", json.get("files").toString());
  }

  private JsonNode submit(Map<String, ?> config) throws Exception {
    Reply reply = requests.submit(submission(config)).call();
    assertEquals(200, reply.status());
    return RunJson.JSON.readTree(reply.body());
  }

  private static byte[] submission(Map<String, ?> config) throws Exception {
    return RunJson.JSON.writeValueAsBytes(
        Map.of("dataset", "any", "id", 7, "completion", "```program```", "config", config));
  }

  private static Map<String, ?> stdio(Object test) {
    return Map.of(
        "dataset_type",
        "CommonOJDataset",
        "language",
        "python",
        "run_timeout",
        5,
        "provided_data",
        Map.of("id", 7, "content", "", "test", test));
  }

  private static final List<?> TESTS =
      List.of(
          Map.of("input", Map.of("stdin", "1"), "output", Map.of("stdout", "2")),
          Map.of("input", Map.of("stdin", "2"), "output", Map.of("stdout", "3")));

  @Test
  void aCompletionIsJudgedByTheTestsThatComeWithIt() throws Exception {
    JsonNode json = submit(stdio(TESTS));
    var cases = new Run.Cases(List.of(new Run.Case("1", "2"), new Run.Case("2", "3")));
    var run = new Run("python", "program", cases, new Limits(5, 5, 512, 64, 1024, 64));
    assertEquals(List.of(run), runner.seen);
    assertTrue(json.get("accepted").asBoolean());
    assertEquals(7, json.get("id").asInt());
    assertEquals("program", json.get("extracted_code").asText());
    assertEquals(2, json.get("tests").size());
    json.get("tests").forEach(test -> assertTrue(test.get("passed").asBoolean()));

    submit(stdio(RunJson.JSON.writeValueAsString(TESTS)));
    assertEquals(run, runner.seen.get(1), "tests as a text");
  }

  @Test
  void theTestThatFailsIsTheLastOne() throws Exception {
    runner.outcome = outcome(ProgramVerdict.WRONG_ANSWER, "test 2 of 2: token 1 is", 0);
    JsonNode json = submit(stdio(TESTS));
    assertFalse(json.get("accepted").asBoolean());
    assertEquals(2, json.get("tests").size());
    assertTrue(json.get("tests").get(0).get("passed").asBoolean());
    assertFalse(json.get("tests").get(1).get("passed").asBoolean());
    runner.outcome = outcome(ProgramVerdict.COMPILE_ERROR, "error: expected ;", 1);
    json = submit(stdio(TESTS));
    assertFalse(json.get("accepted").asBoolean());
    assertEquals(1, json.get("tests").size());
    assertFalse(json.get("tests").get(0).get("passed").asBoolean());
    runner.outcome = outcome(ProgramVerdict.ERROR, "no box", -1);
    assertEquals(503, requests.submit(submission(stdio(TESTS))).call().status(), "never a 0");
  }

  @Test
  void testCodeIsTakenOfPythonAlone() throws Exception {
    Map<String, Object> data =
        Map.of(
            "labels", Map.of("programming_language", "python"),
            "test", Map.of("code", "import math\n#<INSERT>\nassert f()"));
    JsonNode json = submit(Map.of("dataset_type", "AutoEvalDataset", "provided_data", data));
    assertTrue(json.get("accepted").asBoolean());
    assertEquals("import math\nprogram", runner.seen.get(0).source());
    assertEquals(new Run.TestCode("\nassert f()"), runner.seen.get(0).check());
    for (String language : List.of("java", "cpp", "javascript", "go", "rust", "shell", "")) {
      Map<String, Object> other =
          Map.of(
              "labels", Map.of("programming_language", language),
              "test", Map.of("code", "assert f()"));
      var config = Map.of("dataset_type", "AutoEvalDataset", "provided_data", other);
      assertThrows(BadRequest.class, () -> requests.submit(submission(config)).call(), language);
    }
    assertEquals(1, runner.seen.size());
  }

  @Test
  void problemsThatAreNotServedAreRefused() throws Exception {
    Map<String, Object> problem = Map.of("id", 8, "test", TESTS);
    for (Map<String, ?> config :
        List.<Map<String, ?>>of(
            Map.of("language", "python"),
            Map.of("dataset_type", "HumanEvalDataset", "provided_data", problem),
            Map.of("dataset_type", "CommonOJDataset", "language", "python"),
            Map.of("dataset_type", "CommonOJDataset", "provided_data", problem),
            Map.of(
                "dataset_type",
                "CommonOJDataset",
                "language",
                "python",
                "provided_data",
                List.of(problem)),
            stdio(List.of()),
            stdio("no JSON"),
            stdio(List.of(Map.of("input", Map.of("a.txt", "1"), "output", Map.of("stdout", "")))),
            Map.of(
                "dataset_type",
                "CommonOJDataset",
                "language",
                "python",
                "custom_extract_logic",
                "submit_code_blocks([])",
                "provided_data",
                problem))) {
      byte[] bytes = submission(config);
      assertThrows(BadRequest.class, () -> requests.submit(bytes).call(), config::toString);
    }
    assertEquals(List.of(), runner.seen);
  }
}
