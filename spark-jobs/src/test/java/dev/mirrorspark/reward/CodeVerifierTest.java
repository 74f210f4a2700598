package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.OutputComparison;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Runner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CodeVerifierTest {
  private static final Limits LIMITS = new Limits(10, 20, 512, 64, 1024, 64);
  private static final String CASES = "{\"inputs\": [\"1\", \"2\"], \"outputs\": [\"2\", \"4\"]}";

  /** Runs nothing: gives the verdict it is told to. */
  private static final class FakeRunner implements Runner {
    private final ProgramVerdict verdict;
    final List<Run> seen = new ArrayList<>();

    FakeRunner(ProgramVerdict verdict) {
      this.verdict = verdict;
    }

    @Override
    public dev.mirrorspark.sandbox.Outcome judge(Run run) {
      seen.add(run);
      return new dev.mirrorspark.sandbox.Outcome(verdict, "de\ntail", 0, "", "", 1, 1);
    }

    @Override
    public Set<String> languages() {
      return Set.of("python", "java");
    }

    @Override
    public int slots() {
      return 1;
    }
  }

  @Test
  void everyVerdictOfTheSandboxIsOneOfTheReward() throws Exception {
    for (var verdict : ProgramVerdict.values()) {
      var judged = verify(new FakeRunner(verdict), CASES, "stdin_stdout", "```\nprint()\n```");
      assertEquals(
          switch (verdict) {
            case PASSED -> Outcome.CORRECT;
            case ERROR, BAD_TESTS -> Outcome.ERROR;
            default -> Outcome.WRONG;
          },
          judged.outcome());
      assertEquals(verdict.label() + ": de tail", judged.detail());
    }
  }

  @Test
  void theProgramIsTheBlockThatTheProblemTakes() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    String behind = "\n```\n4\n```\n```bash\npython3 main.py\n```\n```text\n4\n```";
    verify(runner, CASES, "stdin_stdout", "```python\na\n```" + behind);
    verify(runner, CASES, "stdin_stdout", "```python\nx\n```\n```java\nb\n```" + behind);
    verify(runner, "{\"test\": \"\"}", "python_tests", "```py\nc\n```\n```java\nb\n```" + behind);
    String onlyJava = CASES.replace("}", ", \"languages\": [\"java\"]}");
    verify(runner, onlyJava, "stdin_stdout", "```java\nd\n```\n```python\nx\n```" + behind);
    verify(runner, onlyJava, "stdin_stdout", "```\ne\n```\n```python\nx\n```");
    String shell = CASES.replace("}", ", \"language\": \"shell\"}");
    verify(runner, shell, "stdin_stdout", "```bash\nf\n```\n```text\n4\n```");
    String java = CASES.replace("}", ", \"language\": \"Java17\"}");
    verify(runner, java, "stdin_stdout", "```\ng\n```");
    assertEquals(
        List.of("python a", "java b", "python c", "java d", "java e", "shell f", "java g"),
        runner.seen.stream().map(run -> run.language() + " " + run.source().strip()).toList());
  }

  @Test
  void aProgramThatIsNotThereIsWrong() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    for (String response :
        List.of(
            "I do not know.\n```{\n", "```:\n", "```\n\n```", "```text\n4\n```", "", "```java")) {
      var judged = verify(runner, "{\"test\": \"assert f\"}", "python_tests", response);
      assertEquals(Outcome.WRONG, judged.outcome(), response);
    }
    assertEquals(List.of(), runner.seen);
  }

  @Test
  void setupGoesBeforeTheProgram() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    String tests = "{\"test\": \"assert S\", \"setup\": \"from typing import List\"}";
    verify(runner, tests, "python_tests", "```python\nclass S: pass\n```");
    verify(
        runner, tests, "python_tests", "```python\nfrom __future__ import annotations\nS = 1\n```");
    String cases = CASES.replace("}", ", \"setup\": \"import sys\"}");
    verify(runner, cases, "stdin_stdout", "```\nprint()\n```");
    verify(runner, cases, "stdin_stdout", "```java\nclass A {}\n```");
    assertEquals(
        List.of(
            "from typing import List\nclass S: pass\n",
            "from __future__ import annotations\nfrom typing import List\n\nS = 1\n",
            "import sys\nprint()\n",
            "class A {}\n"),
        runner.seen.stream().map(Run::source).toList());
  }

  @Test
  void aSetupThatFailsByItselfIsAnErrorOfTheProblem() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.RUNTIME_ERROR);
    String tests = "{\"test\": \"assert S\", \"setup\": \"import nothing\"}";
    var judged = verify(runner, tests, "python_tests", "```python\nclass S: pass\n```");
    assertEquals(Verdict.error("the problem's setup fails by itself"), judged);
    assertEquals("import nothing", runner.seen.get(1).source());
  }

  @Test
  void outputsCompareAsTheProblemSays() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    for (String keys :
        List.of(
            "\"compare\": \"exact\"",
            "\"compare\": \"numbers(1e-3)\", \"ignore_case\": true",
            "\"checker\": \"exit(0)\"",
            "\"checker\": {\"language\": \"java\", \"source\": \"x\"}, \"total_seconds\": 7")) {
      String answer = CASES.replace("}", ", " + keys + "}");
      assertEquals(
          Outcome.CORRECT, verify(runner, answer, "stdin_stdout", "```\nx\n```").outcome());
    }
    var cases = runner.seen.stream().map(run -> (Run.Cases) run.check()).toList();
    assertEquals(
        List.of(
            new OutputComparison(OutputComparison.Mode.EXACT, 1e-6, false),
            new OutputComparison(OutputComparison.Mode.NUMBERS, 1e-3, true),
            new Run.Checker("python", "exit(0)"),
            new Run.Checker("java", "x")),
        cases.stream().map(Run.Cases::rule).toList());
    assertEquals(7, cases.get(3).totalSeconds(20));
    assertEquals(22, cases.get(0).totalSeconds(20), "the time grows with the number of tests");
  }

  @Test
  void casesAndLimitsComeFromTheAnswer() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    String answer =
        CASES.replace("}", ", \"language\": \"java\", \"memory_mb\": 64, \"cpu_seconds\": 0.5}");
    verify(runner, answer, "stdin_stdout", "```\nclass Main {}\n```");
    var cases = new Run.Cases(List.of(new Run.Case("1", "2"), new Run.Case("2", "4")));
    var limits = new Limits(0.5, 20, 64, 64, 1024, 64);
    assertEquals(List.of(new Run("java", "class Main {}\n", cases, limits)), runner.seen);
    verify(runner, answer, "stdin_stdout", "```py\nprint()\n```");
    assertEquals("python", runner.seen.get(1).language());
  }

  @Test
  void testCodeCallsTheEntryPointAndCompletionsGetTheirPrompt() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    String answer =
        "{\"test\": \"def check(c): pass\", \"entry_point\": \"f\", \"prompt\": \"def f(x):\\n\"}";
    verify(runner, answer, "python_tests", "```python\n  return x\n```");
    assertEquals("def f(x):\n  return x\n", runner.seen.get(0).source());
    assertEquals(
        new Run.TestCode("def check(c): pass\n\ncheck(f)\n", "f", "def f(x):\n"),
        runner.seen.get(0).check());
    verify(runner, answer, "python_tests", "```python\ndef f(x):\n  return x\n```");
    assertEquals("def f(x):\n  return x\n", runner.seen.get(1).source());
    verify(runner, "{\"test\": \"assert g\"}", "python_tests", "```python\ng = 1\n```");
    assertEquals(new Run.TestCode("assert g"), runner.seen.get(2).check());
  }

  @Test
  void aResponseThatIsNoProgramIsWrongAndStartsNoSandbox() throws Exception {
    var judged =
        new CodeVerifier(
                () -> {
                  throw new AssertionError("started");
                },
                LIMITS)
            .verify(CASES, "stdin_stdout", "print(1)");
    assertEquals(Verdict.of(false, "no fenced block with a program"), judged);
  }

  @Test
  void anAnswerThatHoldsNoTestsIsAnError() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    for (String answer :
        List.of(
            "42",
            "not json",
            "{}",
            "{\"inputs\": [], \"outputs\": []}",
            "{\"inputs\": [\"1\"]}",
            "{\"inputs\": [1], \"outputs\": [1]}",
            CASES.replace("}", ", \"fn_name\": \"f\"}"),
            CASES.replace("}", ", \"compare\": \"closely\"}"),
            CASES.replace("}", ", \"ignore_case\": 1}"),
            CASES.replace("}", ", \"checker\": \" \"}"),
            CASES.replace("}", ", \"checker\": {\"source\": \"x\"}}"),
            CASES.replace("}", ", \"checker\": \"x\", \"compare\": \"exact\"}"),
            CASES.replace("}", ", \"checker\": {\"language\": \"ada\", \"source\": \"x\"}}"),
            CASES.replace("}", ", \"setup\": 1}"),
            CASES.replace("}", ", \"total_seconds\": 0}"),
            CASES.replace("}", ", \"memory_mb\": -1}"))) {
      var judged = verify(runner, answer, "stdin_stdout", "```\nx\n```");
      assertEquals(Outcome.ERROR, judged.outcome(), answer);
      assertTrue(judged.detail().startsWith("the problem's answer "), judged.detail());
    }
    assertEquals(
        Outcome.ERROR, verify(runner, "{\"test\": 1}", "python_tests", "```\nx\n```").outcome());
    assertEquals(List.of(), runner.seen);
  }

  @Test
  void aLanguageOfTheResponsesOwnThatIsNotSetUpIsWrong() throws Exception {
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    assertEquals(
        Verdict.of(false, "no fenced block in a language that is taken, only in brainfuck"),
        verify(runner, CASES, "stdin_stdout", "```brainfuck\n+\n```"));
    assertEquals(List.of(), runner.seen);
  }

  @Test
  void aFaultThatTheUserCanMendStopsTheRun() {
    var config = RunFile.parse("", List.of());
    var verifiers =
        Verifiers.of(
            config,
            List.of(
                () ->
                    new CodeVerifier(
                        () -> {
                          throw new UserError("sandbox: no bwrap");
                        },
                        LIMITS)));
    var attempt = List.of(Attempts.of(CASES, "stdin_stdout", "```\nx\n```"));
    assertThrows(UserError.class, () -> verifiers.judge(attempt));
    var verifier = new CodeVerifier(() -> null, LIMITS);
    assertEquals(Optional.empty(), verifier.finalAnswer("stdin_stdout", "```\n#x\n```"));
    assertFalse(verifier.handles("text"));
    var unfenced = List.of(Attempts.of(CASES, "stdin_stdout", "#1"));
    assertEquals("code", Verifiers.load(config).judge(unfenced).get(0).verifier());
  }

  @Test
  void aFrameTakesTheFinalAnswer() throws Exception {
    String framed = "{\"frame\": \"print({code})\", \"inputs\": [\"\"], \"outputs\": [\"5\"]}";
    var runner = new FakeRunner(ProgramVerdict.PASSED);
    var judged = verify(runner, framed, "stdin_stdout", "2+3=5 ok;#2+3");
    assertEquals(Outcome.CORRECT, judged.outcome());
    assertEquals(List.of("print(2+3)"), runner.seen.stream().map(Run::source).toList());
    assertEquals(
        Verdict.of(false, "no final answer"), verify(runner, framed, "stdin_stdout", "2+3"));
    var without = framed.replace("{code}", "code");
    assertEquals(Outcome.ERROR, verify(runner, without, "stdin_stdout", "#2+3").outcome());
  }

  private static Verdict verify(Runner runner, String answer, String type, String response)
      throws Exception {
    return new CodeVerifier(() -> runner, LIMITS).verify(answer, type, response);
  }
}
