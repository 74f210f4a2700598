package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.sandbox.Sandboxes;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Programs of HumanEval and of programming contests, by the door that responses go through. */
class RealCodeIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MUTATIONS = 12;

  private static Path data;
  private static Sandbox sandbox;
  private static CodeVerifier verifier;
  private static ExecutorService threads;

  @BeforeAll
  static void start() throws InterruptedException {
    data = beside("shared/data/code").orElse(null);
    if (data == null) {
      System.out.println("RealCodeIT skipped: no folder shared/data/code beside the checkout");
    }
    Assumptions.assumeTrue(data != null, "no folder shared/data/code beside the checkout");
    sandbox = Sandboxes.start();
    verifier = new CodeVerifier(() -> sandbox, sandbox.limits());
    threads = Executors.newFixedThreadPool(2);
  }

  @AfterAll
  static void stop() {
    if (sandbox != null) {
      threads.shutdownNow();
      sandbox.close();
    }
  }

  private static Optional<Path> beside(String name) {
    return Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
        .map(folder -> folder.resolve(name))
        .filter(Files::isDirectory)
        .findFirst();
  }

  /** One line of the data set. */
  private record Task(String id, String prompt, String solution, String answer) {}

  @Test
  void everyReferenceOfHumanEvalPassesAndAMutantOfItFails() throws Exception {
    List<Task> tasks = humanEval();
    assertEquals(164, tasks.size());
    List<String> failed =
        inParallel(
            tasks, task -> verdict(task, task.solution()).detail(), "passed: its tests hold");
    assertEquals(List.of(), failed, "references that do not pass");

    List<Integer> tried = new ArrayList<>();
    List<Future<Integer>> running = new ArrayList<>();
    for (Task task : tasks) {
      running.add(threads.submit(() -> firstFailingMutant(task)));
    }
    List<String> surviving = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      int number = running.get(i).get();
      tried.add(number);
      if (number < 0) {
        surviving.add(tasks.get(i).id());
      }
    }
    System.out.printf(
        "HumanEval: 164 references pass; the first mutant fails for %d, a later one for %d, none of"
            + " %d for %s%n",
        tried.stream().filter(n -> n == 0).count(),
        tried.stream().filter(n -> n > 0).count(),
        MUTATIONS,
        surviving);
    assertEquals(List.of(), surviving, "tasks of which no mutant fails");
  }

  /** Which mutant is the first to be wrong; −1: none. */
  private static int firstFailingMutant(Task task) throws Exception {
    List<String> mutants = Mutants.of(task.solution());
    for (int i = 0; i < Math.min(MUTATIONS, mutants.size()); i++) {
      Verdict verdict = verdict(task, mutants.get(i));
      assertTrue(verdict.outcome() != Outcome.ERROR, task.id() + " " + verdict);
      if (verdict.outcome() == Outcome.WRONG) {
        return i;
      }
    }
    return -1;
  }

  private static Verdict verdict(Task task, String solution) throws Exception {
    return verifier.verify(
        task.answer(),
        "python_tests",
        "Here it is.\n```python\n" + task.prompt() + solution + "\n```");
  }

  private static List<Task> humanEval() throws IOException {
    List<Task> tasks = new ArrayList<>();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    new FileInputStream(data.resolve("HumanEval.jsonl.gz").toFile())),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode json = JSON.readTree(line);
        ObjectNode answer =
            JSON.createObjectNode()
                .put("test", json.get("test").asText())
                .put("entry_point", json.get("entry_point").asText())
                .put("cpu_seconds", 3);
        tasks.add(
            new Task(
                json.get("task_id").asText(),
                json.get("prompt").asText(),
                json.get("canonical_solution").asText(),
                answer.toString()));
      }
    }
    return tasks;
  }

  @Test
  void everyContestProblemGoesThroughTheSameDoor() throws Exception {
    JsonNode problems = JSON.readTree(data.resolve("code_contests.json").toFile());
    assertEquals(165, problems.size());
    List<JsonNode> all = new ArrayList<>();
    problems.forEach(all::add);
    // prints nothing: wrong for every problem, and an error for none
    List<String> otherwise =
        inParallel(all, problem -> contest(problem, "pass").outcome().label(), "wrong");
    assertEquals(List.of(), otherwise);
  }

  @Test
  void contestProgramsAreRightWrongOrTooSlow() throws Exception {
    String squaresAndCubes =
        """
        import bisect
        liked = sorted({i * i for i in range(1, 31623)} | {i ** 3 for i in range(1, 1001)})
        for _ in range(int(input())):
            print(bisect.bisect_right(liked, int(input())))
        """;
    judged("Polycarp likes squares and cubes", squaresAndCubes, Outcome.CORRECT, "passed: 138");
    judged(
        "Polycarp likes squares and cubes",
        squaresAndCubes.replace("1001", "1000"),
        Outcome.WRONG,
        "wrong answer: test 1 of 138");
    judged(
        "Polycarp likes squares and cubes",
        "for _ in range(int(input())):\n"
            + "    n = int(input())\n"
            + "    print(sum(round(i ** 0.5) ** 2 == i or round(i ** (1 / 3)) ** 3 == i for i in"
            + " range(1, n + 1)))\n",
        Outcome.WRONG,
        "time limit: test 1 of 138");

    String square =
        "for _ in range(int(input())):\n"
            + "    s = input().strip()\n"
            + "    print('YES' if s[:len(s) // 2] == s[len(s) // 2:] else 'NO')\n";
    judged("A string is called square", square, Outcome.CORRECT, "passed: 4");
    judged(
        "A string is called square",
        square.replace("len(s) // 2:", "-1:"),
        Outcome.WRONG,
        "wrong answer");
    judged(
        "A string is called square", square.replace("s[:", "t[:"), Outcome.WRONG, "runtime error");
    judged("A string is called square", square.replace("else", ""), Outcome.WRONG, "compile error");

    String zeros =
        """
        for _ in range(int(input())):
            (x, p), (y, q) = (map(int, input().split()) for _ in range(2))
            a, b = (len(str(x)) + p, str(x).ljust(9, '0')), (len(str(y)) + q, str(y).ljust(9, '0'))
            print('<' if a < b else '>' if a > b else '=')
        """;
    judged("Monocarp wrote down two numbers", zeros, Outcome.CORRECT, "passed: 28");
    judged(
        "Monocarp wrote down two numbers",
        zeros.replace(".ljust(9, '0')", ""),
        Outcome.WRONG,
        "wrong");
    judged(
        "Monocarp wrote down two numbers",
        "hoard = bytearray(1 << 30)\n" + zeros,
        Outcome.WRONG,
        "memory limit");

    String sorting =
        """
        import sys
        n, m, *books = sys.stdin.read().split()
        turned = str.maketrans({chr(65 + i): chr(90 - i) for i in range(26)})
        def key(book):
            both = [None] * len(book)
            both[::2], both[1::2] = book[::2], book[1::2].translate(turned)
            return ''.join(both)
        print(*[i + 1 for i in sorted(range(int(n)), key=lambda i: key(books[i]))])
        """;
    judged("asc-desc-endingly", sorting, Outcome.CORRECT, "passed");
    judged("asc-desc-endingly", sorting.replace(".translate(turned)", ""), Outcome.WRONG, "wrong");

    if (sandbox.languages().contains("java")) {
      String inJava =
          "public class Main { public static void main(String[] a) { var in = new"
              + " java.util.Scanner(System.in); for (int t = in.nextInt(); t > 0; t--) { String s ="
              + " in.next(); int h = s.length() / 2; System.out.println(s.substring(0,"
              + " h).equals(s.substring(h)) ? \"YES\" : \"NO\"); } } }";
      judged("A string is called square", "java", inJava, Outcome.CORRECT, "passed: 4");
    }
  }

  private static void judged(String statement, String source, Outcome outcome, String detail)
      throws Exception {
    judged(statement, "python", source, outcome, detail);
  }

  private static void judged(
      String statement, String language, String source, Outcome outcome, String detail)
      throws Exception {
    for (JsonNode problem : JSON.readTree(data.resolve("code_contests.json").toFile())) {
      if (problem.get("problem").asText().contains(statement)) {
        var answer = ((ObjectNode) problem.get("tests").deepCopy()).put("cpu_seconds", 5);
        var verdict =
            verifier.verify(
                answer.toString(), "stdin_stdout", "```" + language + "\n" + source + "\n```");
        assertEquals(outcome, verdict.outcome(), statement + ": " + verdict);
        assertTrue(verdict.detail().startsWith(detail), statement + ": " + verdict);
        return;
      }
    }
    throw new AssertionError("no problem with the words " + statement);
  }

  private static Verdict contest(JsonNode problem, String source) throws Exception {
    return verifier.verify(
        problem.get("tests").toString(), "stdin_stdout", "```python\n" + source + "\n```");
  }

  private interface Judging<T> {
    String judge(T item) throws Exception;
  }

  /** The judgements that are not the expected one, two items at a time. */
  private static <T> List<String> inParallel(List<T> items, Judging<T> judging, String expected)
      throws Exception {
    List<Callable<String>> calls = new ArrayList<>();
    for (T item : items) {
      calls.add(
          () -> {
            String got = judging.judge(item);
            return got.equals(expected) ? "" : item + ": " + got;
          });
    }
    List<String> others = new ArrayList<>();
    for (Future<String> call : threads.invokeAll(calls)) {
      if (!call.get().isEmpty()) {
        others.add(call.get());
      }
    }
    return others;
  }
}
