package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.sandbox.Sandboxes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Verdicts on programs that run, through the door of responses. */
class ProgramVerdictsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STDIN = "stdin_stdout";

  private static Sandbox sandbox;

  @BeforeAll
  static void start() throws InterruptedException {
    sandbox = Sandboxes.start();
  }

  @AfterAll
  static void stop() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private static ObjectNode cases(List<String> inputs, List<String> outputs) {
    ObjectNode answer = JSON.createObjectNode();
    inputs.forEach(answer.putArray("inputs")::add);
    outputs.forEach(answer.putArray("outputs")::add);
    return answer;
  }

  private static Verdict verdict(ObjectNode answer, String type, String response) throws Exception {
    return new CodeVerifier(() -> sandbox, sandbox.limits())
        .verify(answer.toString(), type, response);
  }

  private static String label(ObjectNode answer, String response) throws Exception {
    return verdict(answer, STDIN, response).outcome().label();
  }

  private static String python(String source) {
    return "```python\n" + source + "\n```\n";
  }

  /** Four that sleep longer than {@code reward.seconds} cost four that are right nothing. */
  @Test
  void slowHugeAndMalformedResponsesAreWrongAndCostTheOthersNothing() {
    ObjectNode answer = cases(List.of("1", "2", "3"), List.of("2", "4", "6"));
    answer.put("wall_seconds", 1.5).put("memory_mb", 64).put("cpu_seconds", 1);
    String slowly = "import time\ntime.sleep(1.2)\nprint(int(input()) * 2)";
    List<String> wrong =
        new ArrayList<>(
            Collections.nCopies(4, python("input('x' * 9)\nimport time\ntime.sleep(9)")));
    wrong.addAll(Collections.nCopies(2, python(slowly)));
    wrong.add(python("while True: pass"));
    wrong.add(python("x = bytearray(1 << 30)"));
    wrong.add(python("while True: print('x' * 4096)"));
    wrong.add(python("def f(:"));
    wrong.add(python("\0"));
    wrong.add(python("print('\ud800')"));
    wrong.add(python("x = " + "(".repeat(20_000)));
    wrong.add(python("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"));
    wrong.add(python("import os\nos.kill(1, 9)\nos.kill(os.getppid(), 9)\nos.killpg(0, 9)"));
    wrong.add(
        python(
            "import os\nfor i in range(3, 64):\n  try:\n    os.write(i, b'x' * 99)\n  except OSError: pass"));
    wrong.add(python("import os\nos.closerange(0, 64)"));
    wrong.addAll(
        java.util.stream.Stream.of(1, 2, 99, 124, 125, 126, 127, 137, 139, 255)
            .map(code -> python("import os\nos._exit(" + code + ")"))
            .toList());
    wrong.add(python("import os\nos.execv('/bin/true', ['true'])"));
    wrong.add("```java\npublic class A { int[] x = {" + "1,".repeat(30_000) + "}; }\n```");
    wrong.add("```brainfuck\n+\n```");
    wrong.add("```{\n");
    wrong.add("```python");
    List<String> responses = new ArrayList<>(wrong);
    responses.addAll(Collections.nCopies(4, python("print(int(input()) * 2)")));
    var attempts =
        responses.stream().map(text -> Attempts.of(answer.toString(), STDIN, text)).toList();
    var judged = judge(attempts, 1);
    for (int i = 0; i < wrong.size(); i++) {
      assertEquals(Outcome.WRONG, judged.get(i).verdict().outcome(), i + ": " + judged.get(i));
    }
    assertTrue(judged.get(0).verdict().detail().startsWith("time limit"), judged.get(0).toString());
    assertTrue(
        judged.get(7).verdict().detail().startsWith("memory limit"), judged.get(7).toString());
    for (Judged right : judged.subList(wrong.size(), judged.size())) {
      assertEquals(Outcome.CORRECT, right.verdict().outcome(), right.toString());
    }
  }

  /** As a task does: with one thread, and {@code reward.seconds} much shorter than all tests. */
  private static List<Judged> judge(List<Attempt> attempts, double seconds) {
    var verifiers =
        Verifiers.of(
            RunFile.parse("", List.of("reward.seconds=" + seconds)),
            List.of(() -> new CodeVerifier(() -> sandbox, sandbox.limits())));
    return verifiers.judge(attempts);
  }

  @Test
  void aRightJavaProgramPassesManyTestsAndOneThatSleepsInEachDoesNot() throws Exception {
    List<String> numbers = IntStream.range(0, 20).mapToObj(Integer::toString).toList();
    ObjectNode answer = cases(numbers, numbers);
    String program =
        """
        import java.util.Scanner;

        public class Echo {
          public static void main(String[] arguments) throws Exception {
            Thread.sleep(%d);
            System.out.println(new Scanner(System.in).nextInt());
          }
        }
        """;
    var right = Attempts.of(answer.toString(), STDIN, "```java\n" + program.formatted(0) + "```");
    Judged judged = judge(List.of(right), 1).get(0);
    assertEquals(Outcome.CORRECT, judged.verdict().outcome(), judged.toString());
    answer.put("wall_seconds", 4).put("total_seconds", 6);
    var sleeper = verdict(answer, STDIN, "```java\n" + program.formatted(2500) + "```");
    assertEquals(Outcome.WRONG, sleeper.outcome());
    assertTrue(sleeper.detail().contains("more than 6 s for all tests so far"), sleeper.detail());
  }

  @Test
  void javaClassesHaveAnyNameAndPackage() throws Exception {
    ObjectNode answer = cases(List.of("1"), List.of("5"));
    String main = "public static void main(String[] a) { System.out.println(5); }";
    for (String source :
        List.of(
            "public class Solution { " + main + " }",
            "package a.b.c;\nimport java.util.*;\npublic class Main { " + main + " }",
            "class Helper { static int five() { return 5; } }\nclass Any { " + main + " }",
            "public class Main { static class Node {} " + main + " }",
            "public record Point(int x) { " + main + " }",
            "interface Five {}\npublic enum Sol implements Five { A; " + main + " }")) {
      assertEquals("correct", label(answer, "```java\n" + source + "\n```"), source);
    }
    assertEquals("wrong", label(answer, "```java\npublic class A {}\n```"));
    assertEquals(
        "wrong",
        label(answer, "```java\npublic class " + "A".repeat(300) + " { " + main + " }\n```"));
  }

  @Test
  void blocksBehindTheProgramAreNotTheProgram() throws Exception {
    ObjectNode answer = JSON.createObjectNode().put("test", "assert f(2) == 4");
    String program =
        "```python\ndef f(x):\n    '''\n    ```\n    f(2)\n    ```\n    '''\n    return x*x\n```\n";
    for (String behind :
        List.of(
            "",
            "Output:\n```\n4\n```\n",
            "```text\n4\n```",
            "```bash\npython f.py\n```",
            "```{\n")) {
      assertEquals(
          Outcome.CORRECT, verdict(answer, "python_tests", program + behind).outcome(), behind);
    }
    assertEquals(
        Outcome.WRONG, verdict(answer, "python_tests", "I do not know.\n```{\n").outcome());
  }

  @Test
  void drawingsKeepTheirBlanksAndVersionsTheirZeros() throws Exception {
    ObjectNode drawing = cases(List.of("1"), List.of("  *\n ***\n*****\n"));
    assertEquals("wrong", label(drawing, python("print('*\\n***\\n*****')")));
    assertEquals("correct", label(drawing, python("print('  *  \\n ***\\n*****')")));
    ObjectNode version = cases(List.of(""), List.of("1.10"));
    assertEquals("wrong", label(version, python("print(1.10)")));
    assertEquals("correct", label(version, python("print('1.10')")));
    assertEquals("correct", label(version.put("compare", "numbers"), python("print(1.10)")));
  }

  @Test
  void programsReadTheirInputInAnyWay() throws Exception {
    ObjectNode answer = cases(List.of("2\n5 6"), List.of("11"));
    for (String source :
        List.of(
            "import sys\nd = sys.stdin.buffer.read().split()\nprint(int(d[1]) + int(d[2]))",
            "d = open(0).read().split()\nprint(int(d[1]) + int(d[2]))",
            "n = int(input())\nprint(sum(map(int, input().split())))",
            "import fileinput\nd = ''.join(fileinput.input()).split()\nprint(int(d[1]) + int(d[2]))")) {
      assertEquals("correct", label(answer, python(source)), source);
    }
  }

  /** Two numbers that add up to the input: several outputs are right. */
  @Test
  void aCheckerJudgesInABoxOfItsOwn() throws Exception {
    String checker =
        """
        import sys
        wanted, got, given = (open(name).read().split() for name in sys.argv[1:4])
        assert len(given) == 2
        a, b = map(int, got)
        sys.exit(0 if a + b == int(wanted[0]) and a != b else "they do not add up")
        """;
    ObjectNode answer = cases(List.of("10", "12"), List.of("4 6", "5 7"));
    answer.put("checker", checker);
    assertEquals("correct", label(answer, python("print(1, int(input()) - 1)")));
    for (String wrong :
        List.of(
            "print(5, int(input()) - 5)",
            "print('x')",
            "print()",
            "print('9' * 200000)",
            "import os\nprint(open('/box/expected.txt').read())",
            "import os\nopen('/tmp/expected.txt', 'w').write('1 9')\nprint(0)",
            "print('1 9')\nimport sys\nsys.exit(3)")) {
      var judged = verdict(answer, STDIN, python(wrong));
      assertEquals(Outcome.WRONG, judged.outcome(), wrong + ": " + judged);
    }
    for (String broken : List.of("import nothing", "def f(:", "exit(1)")) {
      answer.put("checker", broken).put("cpu_seconds", 1);
      assertEquals("error", label(answer, python("print(1, int(input()) - 1)")), broken);
    }
    answer
        .putObject("checker")
        .put("language", "java")
        .put(
            "source",
            "class Check { public static"
                + " void main(String[] a) throws Exception { System.exit(java.nio.file.Files.readString("
                + "java.nio.file.Path.of(a[1])).isBlank() ? 1 : 0); } }");
    assertEquals("correct", label(answer, python("print(1)")));
    assertEquals("wrong", label(answer, python("print()")));
  }

  @Test
  void aPreludeGivesProgramsTheirNames() throws Exception {
    ObjectNode answer =
        JSON.createObjectNode()
            .put(
                "setup",
                "from typing import *\nclass TreeNode:\n  def __init__(self, val=0, left=None,"
                    + " right=None):\n    self.val, self.left, self.right = val, left, right")
            .put("test", "assert Solution().total(TreeNode(1, TreeNode(2))) == 3");
    String program =
        "class Solution:\n  def total(self, root: Optional[TreeNode]) -> int:\n"
            + "    return root.val + self.total(root.left) + self.total(root.right) if root else 0";
    for (String first : List.of("", "from __future__ import annotations\n")) {
      var judged = verdict(answer, "python_tests", python(first + program));
      assertEquals(Outcome.CORRECT, judged.outcome(), judged.toString());
    }
    assertEquals(Outcome.WRONG, verdict(answer, "python_tests", python("Solution = 1")).outcome());
    answer.put("setup", "import no_such_module");
    assertEquals(Outcome.ERROR, verdict(answer, "python_tests", python(program)).outcome());
  }

  /** Waiting for a slot is no part of a judgement's time. */
  @Test
  void turnsAreAsManyAsSlots() {
    Semaphore turns = dev.mirrorspark.sandbox.SandboxHost.turns(Sandboxes.config());
    assertEquals(sandbox.slots(), turns.availablePermits());
  }
}
