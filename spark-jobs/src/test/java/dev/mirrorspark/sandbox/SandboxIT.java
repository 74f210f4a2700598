package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxIT {
  private static final Limits LIMITS = Sandboxes.limits();
  private static Sandbox sandbox;

  @BeforeAll
  static void start() throws InterruptedException {
    sandbox =
        Sandboxes.start(
            "sandbox.languages=[{name: shell, file: main.sh, run: [sh, '{file}'], environment:"
                + " {WHO: me}}, {name: fortran, file: a.f, compile: [gfortran-absent, '{file}'],"
                + " run: [./a.out]}]");
  }

  @AfterAll
  static void stop() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "print(input()[::-1]) | passed",
        "print(input()) | wrong answer",
        "while True: pass | time limit",
        "import time; time.sleep(60) | time limit",
        "x = bytearray(400 << 20) | memory limit",
        "print(1 // 0) | runtime error",
        "raise SystemExit(3) | runtime error",
        "import os; os.kill(os.getpid(), 11) | runtime error",
        "def f(: pass | compile error",
        "print('a' * (1 << 20)) | runtime error",
      })
  void everyVerdictOfAPythonProgram(String source, String verdict) throws InterruptedException {
    var cases = new Run.Cases(List.of(new Run.Case("abc\n", "cba\n")));
    Outcome outcome = sandbox.judge(new Run("python", source, cases, LIMITS));
    assertEquals(verdict, outcome.verdict().label(), outcome.toString());
    assertTrue(
        outcome.verdict() != ProgramVerdict.PASSED || outcome.seconds() > 0, outcome.toString());
  }

  /** Whichever process of a box somebody kills, the program is judged by what it does. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aKillFromOutsideSaysNothingOfTheProgram(int depth) throws Exception {
    var cases = new Run.Cases(List.of(new Run.Case("", "1")));
    var run = new Run("python", "import time; time.sleep(1)\nprint(1)", cases, LIMITS);
    var killed = new AtomicBoolean();
    var before = ProcessHandle.current().children().collect(Collectors.toSet());
    var killer =
        new Thread(
            () -> {
              while (!killed.get() && !Thread.interrupted()) {
                Optional<ProcessHandle> victim =
                    ProcessHandle.current()
                        .children()
                        .filter(child -> !before.contains(child))
                        .findFirst();
                for (int i = 0; i < depth; i++) {
                  victim = victim.flatMap(one -> one.children().findFirst());
                }
                if (victim.isPresent() && age(victim.get()) > 0.3) {
                  killed.set(victim.get().destroyForcibly());
                }
              }
            });
    killer.start();
    try {
      Outcome outcome = sandbox.judge(run);
      assertTrue(killed.get());
      assertEquals(ProgramVerdict.PASSED, outcome.verdict(), outcome.toString());
    } finally {
      killer.interrupt();
      killer.join();
    }
  }

  private static double age(ProcessHandle process) {
    return process
        .info()
        .startInstant()
        .map(start -> Duration.between(start, Instant.now()).toMillis() / 1000.0)
        .orElse(0.0);
  }

  @Test
  void casesStopAtTheFirstThatFails() throws InterruptedException {
    var cases =
        new Run.Cases(
            List.of(new Run.Case("1 2", "3"), new Run.Case("2 2", "5"), new Run.Case("2 2", "4")));
    Outcome outcome =
        sandbox.judge(new Run("python", "print(sum(map(int, input().split())))", cases, LIMITS));
    assertEquals(ProgramVerdict.WRONG_ANSWER, outcome.verdict());
    assertEquals("test 2 of 3: token 1 is '4', not '5'", outcome.detail());
  }

  /** However a program reads its input, whose last line need not end. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "import sys; d = sys.stdin.buffer.read().split(); print(int(d[1]) + int(d[2]))",
        "d = open(0).read().split(); print(int(d[1]) + int(d[2]))",
        "n = int(input()); print(sum(map(int, input().split())))",
        "import fileinput; d = ''.join(fileinput.input()).split(); print(int(d[1]) + int(d[2]))",
        "d = open('/dev/stdin').read().split(); print(int(d[1]) + int(d[2]))",
        "import os; d = os.read(0, 99).split(); print(int(d[1]) + int(d[2]))",
        "import sys; d = [line.split() for line in sys.stdin]; print(sum(map(int, d[1])))",
      })
  void inputIsThereForEveryWayToReadIt(String source) throws InterruptedException {
    var cases = new Run.Cases(List.of(new Run.Case("2\n5 6", "11")));
    Outcome outcome = sandbox.judge(new Run("python", source, cases, LIMITS));
    assertEquals(ProgramVerdict.PASSED, outcome.verdict(), outcome.toString());
  }

  @Test
  void aProgramMayOpenItsStreamsAnew() throws InterruptedException {
    var cases = new Run.Cases(List.of(new Run.Case("5 6", "11")));
    String source =
        "read -r a b < /dev/stdin; echo note > /dev/stderr; echo $((a + b)) > /dev/stdout";
    Outcome outcome = sandbox.judge(new Run("shell", source, cases, LIMITS));
    assertEquals(ProgramVerdict.PASSED, outcome.verdict(), outcome.toString());
    assertEquals("note\n", outcome.stderr());
  }

  @Test
  void filesStandInTheWorkingFolderAndComeBackAsTheProgramLeftThem() throws Exception {
    String program =
        """
        import os, sys
        print(open("d/e/a b.txt").read(), end="")
        open("out.bin", "wb").write(bytes(range(256)) * 100)
        os.mkdir("folder"), os.mkfifo("pipe"), os.symlink("/etc/passwd", "link")
        if os.fork() == 0:
            while True:
                print("x" * 40, flush=True), open("out.bin", "a").write("y")
        sys.exit(3)
        """;
    var files =
        new WorkFiles(
            Map.of("d/e/a b.txt", "aGVsbG8=", "$(touch x)", "eA=="),
            List.of("d/e/a b.txt", "gone", "folder", "pipe", "link", "$(touch x)", "out.bin", "x"));
    var outcome =
        sandbox.judge(new Run("python", program, new Run.Once("", files), Sandboxes.limits()));
    assertEquals(3, outcome.exitCode(), outcome.toString());
    assertTrue(outcome.stdout().startsWith("hello"), outcome.stdout());
    assertEquals(
        Set.of("d/e/a b.txt", "$(touch x)", "out.bin"), Set.copyOf(outcome.files().keySet()));
    assertEquals("aGVsbG8=", outcome.files().get("d/e/a b.txt"));
    byte[] out = Base64.getDecoder().decode(outcome.files().get("out.bin"));
    for (int i = 0; i < 25_600; i++) {
      assertEquals((byte) i, out[i]);
    }

    var none = new WorkFiles(Map.of(), List.of("big"));
    String big = "open('big', 'wb').write(bytes(2 << 20)); print('done')";
    var floods = sandbox.judge(new Run("python", big, new Run.Once("", none), Sandboxes.limits()));
    assertEquals("runtime error", floods.verdict().label(), floods.toString());
    assertEquals(Map.of(), floods.files(), "a part of a file is not the file");
  }

  @Test
  void aCheckWithoutTestsSaysNothing() throws InterruptedException {
    assertEquals(
        ProgramVerdict.ERROR,
        sandbox.judge(new Run("python", "", new Run.Cases(List.of()), LIMITS)).verdict());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "def f(x): return x + 1 | passed",
        "def f(x): return x | wrong answer",
        "def g(x): return x | runtime error",
        "def f(x): return x + '' | runtime error",
        "def f(x) return x | compile error",
        "import sys; sys.exit(0) | runtime error",
        "import os; os._exit(0) | runtime error",
        "def f(x): raise SystemExit | runtime error",
        "import os; f = lambda x: os._exit(0) | runtime error",
        "import os; os.execvp('true', ['true']) | runtime error",
        "f = lambda x: f(x) | runtime error",
        "f = lambda x: [0] * (1 << 40) | memory limit",
        "print('ab passed') or exit() | runtime error",
        "import os; os.close(1); f = lambda x: x + 1 | passed",
        "import sys; sys.stdout = None; f = lambda x: x + 1 | passed",
      })
  void everyVerdictOfTestCode(String source, String verdict) throws InterruptedException {
    var tests = new Run.TestCode("def check(c):\n  assert c(1) == 2, 'one'\n\ncheck(f)\n");
    Outcome outcome = sandbox.judge(new Run("python", source, tests, LIMITS));
    assertEquals(verdict, outcome.verdict().label(), outcome.toString());
  }

  @Test
  void javaIsCompiledOnceAndRunOnEachInput() throws InterruptedException {
    String source =
        """
        import java.util.Scanner;
        public class Main {
          record Pair(int a, int b) {}
          public static void main(String[] args) {
            var in = new Scanner(System.in);
            var pair = new Pair(in.nextInt(), in.nextInt());
            System.out.println(pair.a() * pair.b());
          }
        }
        """;
    var limits = new Limits(10, 30, 256, 64, 256, 16);
    var cases = new Run.Cases(List.of(new Run.Case("2 3", "6"), new Run.Case("4 5", "20")));
    if (!sandbox.languages().contains("java")) {
      System.out.println("no javac on this machine: Java in the sandbox is not tested");
      return;
    }
    assertEquals(
        ProgramVerdict.PASSED, sandbox.judge(new Run("java", source, cases, limits)).verdict());
    Outcome broken = sandbox.judge(new Run("java", source.replace("a()", "c()"), cases, limits));
    assertEquals(ProgramVerdict.COMPILE_ERROR, broken.verdict(), broken.toString());
    assertTrue(broken.detail().contains("cannot find symbol"), broken.detail());
    Outcome hungry =
        sandbox.judge(
            new Run(
                "java",
                source
                    .replace("2 3", "")
                    .replace("new Pair(", "new Pair(new int[1 << 28].length + "),
                cases,
                limits));
    assertEquals(ProgramVerdict.MEMORY_LIMIT, hungry.verdict(), hungry.toString());
  }

  @Test
  void languagesComeFromTheRunFile() throws InterruptedException {
    var cases = new Run.Cases(List.of(new Run.Case("x", "me x")));
    assertEquals(
        ProgramVerdict.PASSED,
        sandbox.judge(new Run("shell", "read x; echo $WHO $x", cases, LIMITS)).verdict());
    assertTrue(sandbox.languages().containsAll(Set.of("python", "shell")));
    var lacking =
        assertThrows(UserError.class, () -> sandbox.judge(new Run("fortran", "", cases, LIMITS)));
    assertTrue(lacking.getMessage().contains("fortran needs gfortran-absent"), lacking::getMessage);
    var unknown =
        assertThrows(UserError.class, () -> sandbox.judge(new Run("basic", "", cases, LIMITS)));
    assertTrue(
        unknown.getMessage().contains("it holds python, java, c, cpp, javascript, go, rust, shell"),
        unknown::getMessage);
  }

  @Test
  void largeInputsAndOutputsPassThroughPipes() throws InterruptedException {
    String text =
        IntStream.range(0, 200_000).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    var limits = new Limits(5, 10, 128, 16, 4096, 16);
    var cases = new Run.Cases(List.of(new Run.Case(text, text)));
    String echo = "import sys; sys.stdout.write(sys.stdin.read())";
    assertEquals(
        ProgramVerdict.PASSED, sandbox.judge(new Run("python", echo, cases, limits)).verdict());
    // a program that does not read its input
    assertEquals(
        ProgramVerdict.WRONG_ANSWER,
        sandbox.judge(new Run("python", "print()", cases, limits)).verdict());
  }

  @Test
  void moreProgramsThanSlotsWaitForTheirTurn() {
    var verdicts =
        IntStream.range(0, 6)
            .parallel()
            .mapToObj(
                i -> {
                  try {
                    var cases = new Run.Cases(List.of(new Run.Case("", "" + i)));
                    return sandbox.judge(
                        new Run("python", "print(%d)".formatted(i), cases, LIMITS));
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                })
            .map(Outcome::verdict)
            .toList();
    assertEquals(List.of(ProgramVerdict.PASSED), verdicts.stream().distinct().toList());
  }

  @Test
  void anInterruptedRunEndsItsBox() throws Exception {
    var runner =
        new Thread(
            () -> {
              try {
                sandbox.judge(
                    Sandboxes.python(LIMITS.within(60, 60), "import time; time.sleep(60)"));
              } catch (InterruptedException expected) {
                Thread.currentThread().interrupt();
              }
            });
    long start = System.nanoTime();
    runner.start();
    Thread.sleep(300);
    runner.interrupt();
    runner.join(20_000);
    assertTrue(System.nanoTime() - start < 15e9 && !runner.isAlive());
    assertEquals(
        ProgramVerdict.PASSED, sandbox.judge(Sandboxes.python(LIMITS, "print(1)")).verdict());
  }

  @Test
  void aBoxHasItsSlotsUserAndGroupAndNoneOfTheHostsGroups() throws InterruptedException {
    Assumptions.assumeFalse(sandbox.missing().containsKey(Feature.UID_SWITCH), "no user switch");
    Set<Integer> users = sandbox.users();
    String source =
        """
        import os
        maps = [open("/proc/self/%s_map" % kind).read().split() for kind in ("uid", "gid")]
        print(maps[0] == maps[1], maps[0][0], maps[0][2], os.getgroups(), maps[0][1])
        """;
    String output = sandbox.judge(Sandboxes.python(LIMITS, source)).stdout().strip();
    int last = output.lastIndexOf(' ');
    assertEquals("True 1000 1 []", output.substring(0, last));
    assertTrue(users.contains(Integer.valueOf(output.substring(last + 1))), output);
  }

  @Test
  void aBoxThatDoesNotStartIsAnErrorAndTriedAgain() throws InterruptedException {
    // the kernel takes no such number for a control group: the slot cannot be prepared
    Assumptions.assumeFalse(sandbox.missing().containsKey(Feature.PIDS_CGROUP), "no control group");
    var run = Sandboxes.python(new Limits(2, 4, 128, -5, 256, 16), "print(1)");
    Outcome outcome = sandbox.judge(run);
    assertEquals(ProgramVerdict.ERROR, outcome.verdict(), outcome.toString());
    assertTrue(outcome.detail().startsWith("the sandbox failed 3 times: "), outcome.detail());
    assertEquals(
        ProgramVerdict.PASSED, sandbox.judge(Sandboxes.python(LIMITS, "print(1)")).verdict());
  }
}
