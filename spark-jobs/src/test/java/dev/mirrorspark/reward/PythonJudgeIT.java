package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.sandbox.Sandboxes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests of Python programs: all their forms are run, and what solves nothing passes none. */
class PythonJudgeIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Limits LIMITS = new Limits(3, 6, 256, 32, 1024, 16);
  private static final String SQUARES =
      "assert f(2) == 4\nassert f(3) == 9\nassert f(5) == 25\nDONE = 1";

  private static Sandbox sandbox;
  private static ExecutorService threads;

  @BeforeAll
  static void start() throws InterruptedException {
    sandbox = Sandboxes.start();
    threads = Executors.newFixedThreadPool(2);
  }

  @AfterAll
  static void stop() {
    if (sandbox != null) {
      threads.shutdownNow();
      sandbox.close();
    }
  }

  /** An entry of a resource: its headline, its program, and the tests if it has any. */
  private record Entry(String headline, String program, String tests) {
    String name() {
      return headline.split(" \\| ")[0];
    }
  }

  private static String resource(String name) throws IOException {
    try (var stream = Sandboxes.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<Entry> entries(String name) throws IOException {
    return Arrays.stream(resource(name).split("(?m)^=== "))
        .skip(1)
        .map(
            text -> {
              String[] parts = text.split("\n", 2);
              String[] body = parts[1].split("(?m)^---\n", 2);
              return new Entry(parts[0], body[0], body.length > 1 ? body[1] : SQUARES);
            })
        .toList();
  }

  private interface Judging<T> {
    String fault(T item) throws Exception;
  }

  /** What is said of the items, two at a time; blank: nothing. */
  private static <T> List<String> faults(List<T> items, Judging<T> judging) throws Exception {
    List<Callable<String>> calls = new ArrayList<>();
    items.forEach(item -> calls.add(() -> judging.fault(item)));
    List<String> faults = new ArrayList<>();
    for (Future<String> call : threads.invokeAll(calls)) {
      if (!call.get().isEmpty()) {
        faults.add(call.get());
      }
    }
    return faults;
  }

  private static CodeVerifier verifier(Limits limits) {
    return new CodeVerifier(() -> sandbox, limits);
  }

  private static String fenced(String program) {
    return "```python\n" + program + "\n```";
  }

  private static String answer(String tests) {
    return JSON.createObjectNode().put("test", tests).toString();
  }

  @Test
  void testsOfEveryFormAreRun() throws Exception {
    List<Entry> entries = entries("tests-of-many-forms.txt");
    assertTrue(entries.size() >= 50, "read " + entries.size());
    assertEquals(
        List.of(),
        faults(
            entries,
            entry -> {
              var tests = new Run.TestCode(entry.tests());
              var outcome = sandbox.judge(new Run("python", entry.program(), tests, LIMITS));
              String expected = entry.headline().split(" \\| ")[1];
              return outcome.verdict().label().equals(expected)
                  ? ""
                  : entry.headline() + ": " + outcome;
            }));
  }

  @Test
  void whatSolvesNothingIsWrongUnderTests() throws Exception {
    List<Entry> entries = entries("solves-nothing.txt");
    assertTrue(entries.size() >= 80, "read " + entries.size());
    var verifier = verifier(new Limits(1, 3, 256, 32, 256, 16));
    assertEquals(List.of(), faults(entries, entry -> wrong(verifier, entry)));
    var right = verifier.verify(answer(SQUARES), "python_tests", fenced("f = lambda x: x * x"));
    assertEquals(Outcome.CORRECT, right.outcome(), right.toString());
  }

  private static String wrong(CodeVerifier verifier, Entry entry) throws Exception {
    var verdict = verifier.verify(answer(entry.tests()), "python_tests", fenced(entry.program()));
    return verdict.outcome() == Outcome.WRONG ? "" : entry.name() + ": " + verdict;
  }

  @Test
  void whatSolvesNothingIsWrongByItsOutput() throws Exception {
    List<Entry> entries = entries("solves-nothing-printed.txt");
    assertTrue(entries.size() >= 20, "read " + entries.size());
    var verifier = verifier(LIMITS);
    String answer =
        JSON.writeValueAsString(
            Map.of(
                "inputs", List.of("2\n", "3\n", "5\n"), "outputs", List.of("4\n", "9\n", "25\n")));
    assertEquals(
        List.of(),
        faults(
            entries,
            entry -> {
              var verdict = verifier.verify(answer, "stdin_stdout", fenced(entry.program()));
              return verdict.outcome() == Outcome.WRONG ? "" : entry.name() + ": " + verdict;
            }));
  }

  @Test
  void genericHacksPassNoneOfOurOwnProblems() throws Exception {
    List<JsonNode> problems = new ArrayList<>();
    for (String line : resource("own-problems.jsonl").lines().toList()) {
      problems.add(JSON.readTree(line));
    }
    assertTrue(problems.size() >= 100, "read " + problems.size());
    Map<String, String> hacks =
        Map.of(
            "mock.ANY",
            "from unittest.mock import ANY\ndef NAME(*a): return ANY",
            "the constant that the caller compares with",
            "import sys, dis\ndef NAME(*a):\n"
                + "    frame = sys._getframe(1)\n"
                + "    while frame:\n"
                + "        for ins in dis.get_instructions(frame.f_code):\n"
                + "            if ins.offset > frame.f_lasti and ins.opname == 'LOAD_CONST':\n"
                + "                return ins.argval\n"
                + "        frame = frame.f_back\n",
            "a fork a guess",
            "import os\ndef NAME(*a):\n"
                + "    for guess in (True, 0, '', []):\n"
                + "        pid = os.fork()\n"
                + "        if pid == 0: return guess\n"
                + "        if os.waitpid(pid, 0)[1] == 0: os._exit(0)\n");
    var verifier = verifier(LIMITS);
    List<String> faults = new ArrayList<>();
    for (var hack : hacks.entrySet()) {
      faults.addAll(
          faults(
              problems,
              problem -> {
                String name = problem.get("code").asText().replaceAll("(?s)def (\\w+).*", "$1");
                String program = hack.getValue().replace("NAME", name);
                var entry = new Entry(hack.getKey() + " " + name, program, tests(problem));
                return wrong(verifier, entry);
              }));
    }
    assertEquals(List.of(), faults);
    assertEquals(
        List.of(),
        faults(
            problems,
            problem -> {
              String program = problem.get("code").asText();
              var verdict =
                  verifier.verify(answer(tests(problem)), "python_tests", fenced(program));
              return verdict.outcome() == Outcome.CORRECT ? "" : program + verdict;
            }),
        "right programs that do not pass");
  }

  private static String tests(JsonNode problem) {
    List<String> tests = new ArrayList<>();
    problem.get("test_list").forEach(test -> tests.add(test.asText()));
    return String.join("\n", tests);
  }

  @Test
  void testsThatPassWhatSolvesNothingAreRefused() throws Exception {
    assertEquals("passed: its tests hold", alone("assert f(2) == 4"));
    assertEquals("passed: its tests hold", alone("s = Stack()\ns.push(1)\nassert s.pop() == 1"));
    assertEquals(
        "bad tests: its tests pass a program that returns None", alone("assert f(2) != 4"));
    assertEquals("bad tests: its tests pass a program that returns None", alone("f(2)"));
    assertEquals(
        "bad tests: its tests pass a program that defines nothing",
        alone("try:\n    assert f(2) == 4\nexcept Exception:\n    pass"));
    assertEquals(
        "bad tests: its tests pass a program that returns None",
        alone("def run():\n    assert f(2) == 4\nf"));
    assertEquals("bad tests: its tests never use the program", alone("def g(): return 2\ng()"));
    assertTrue(alone("import no_such_module\nassert f(2)").contains("No module named"));
    assertTrue(alone("assert f(2").startsWith("bad tests: its tests are no Python"));
  }

  private static String alone(String tests) throws InterruptedException {
    var check = new Run.TestsAlone(new Run.TestCode(tests));
    var outcome = sandbox.judge(new Run("python", "", check, LIMITS));
    return outcome.verdict().label() + ": " + outcome.detail();
  }

  @Test
  void aPythonOfTheRunFilesOwnKeepsTheHarness() throws Exception {
    var own =
        Sandboxes.config(
            "sandbox.languages=[{name: python, file: answer.py, run: [python3, '{file}']}]");
    try (var other = Sandbox.start(own)) {
      var verifier = new CodeVerifier(() -> other, LIMITS);
      for (String program :
          List.of(
              "import sys\nsys.exit(0)", "import os\nos._exit(0)", "'''", "def f(x): return 0")) {
        var verdict = verifier.verify(answer("assert f(2) == 4"), "python_tests", fenced(program));
        assertEquals(Outcome.WRONG, verdict.outcome(), program + verdict);
      }
      var right = fenced("def f(x): return x * x");
      assertEquals(
          Outcome.CORRECT,
          verifier.verify(answer("assert f(2) == 4"), "python_tests", right).outcome());
    }
  }

  /** Nothing closes an interpreter that another program starts: the harness does it then. */
  @Test
  void testsAreClosedToTheProgramHoweverPythonIsStarted() throws Exception {
    List<Entry> looking =
        entries("solves-nothing.txt").stream()
            .filter(entry -> entry.program().contains("/proc/"))
            .toList();
    assertTrue(looking.size() >= 6, "read " + looking.size());
    var own =
        Sandboxes.config(
            "sandbox.languages=[{name: python, file: a.py, run: [env, python3, '{file}']}]");
    try (var other = Sandbox.start(own)) {
      var verifier = new CodeVerifier(() -> other, new Limits(1, 3, 256, 32, 256, 16));
      assertEquals(List.of(), faults(looking, entry -> wrong(verifier, entry)));
      var right = verifier.verify(answer(SQUARES), "python_tests", fenced("f = lambda x: x * x"));
      assertEquals(Outcome.CORRECT, right.outcome(), right.toString());
    }
  }

  /**
   * The tests' process is closed from its first instruction: it runs a file that it cannot read.
   */
  @Test
  void theProcessOfTheTestsIsTheFirstAndClosed() throws Exception {
    String program =
        """
        import os, sys
        def f(x):
            opened = []
            os.kill(1, 9)
            os.kill(1, 19)
            for name in ("mem", "environ", "auxv", "io"):
                try:
                    opened.append(open("/proc/1/" + name, "rb").read(1) or name)
                except OSError:
                    pass
            try:
                opened += os.listdir("/proc/1/fd")
            except OSError:
                pass
            try:
                open(os.path.realpath(sys.executable), "rb")
                opened.append("the interpreter")
            except OSError:
                pass
            return os.getppid(), opened, os.system(sys.executable + " -S -c 'raise SystemExit(7)'") >> 8
        """;
    var tests = new Run.TestCode("assert f(2) == (1, [], 7)");
    var outcome = sandbox.judge(new Run("python", program, tests, LIMITS));
    assertEquals("passed", outcome.verdict().label(), outcome.toString());
  }

  @Test
  void whatAPromptGivesIsTheProblemsOwn() throws Exception {
    String prompt =
        "import math\n\ndef poly(xs, x):\n    return sum(c * x ** i for i, c in enumerate(xs))\n\n"
            + "def root(xs):\n    \"\"\"Where poly(xs, x) is 0.\"\"\"\n";
    String test =
        "def check(candidate):\n    assert math.fabs(poly([-2, 1], candidate([-2, 1]))) < 1e-4\n";
    String answer =
        JSON.createObjectNode()
            .put("test", test)
            .put("entry_point", "root")
            .put("prompt", prompt)
            .toString();
    var verifier = verifier(LIMITS);
    var hack = fenced("def poly(*a): return 0.0\ndef root(xs): return 0.0");
    assertEquals(Outcome.WRONG, verifier.verify(answer, "python_tests", hack).outcome());
    var completion = fenced("    return -xs[0] / xs[1]");
    assertEquals(Outcome.CORRECT, verifier.verify(answer, "python_tests", completion).outcome());
    var whole = fenced(prompt + "    return -xs[0] / xs[1]");
    assertEquals(Outcome.CORRECT, verifier.verify(answer, "python_tests", whole).outcome());

    String open = "def part(x):\n    \"\"\"To be written too.\"\"\"\n\ndef f(x):\n    pass\n";
    answer =
        JSON.createObjectNode()
            .put("test", "def check(c):\n    assert c(2) == 4 and part(2) == 2\n")
            .put("entry_point", "f")
            .put("prompt", open)
            .toString();
    var both = fenced("def part(x): return x\ndef f(x): return part(x) * x");
    assertEquals(Outcome.CORRECT, verifier.verify(answer, "python_tests", both).outcome());
  }
}
