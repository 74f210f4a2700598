package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.FencedBlock;
import dev.mirrorspark.reward.Verdict.Outcome;
import dev.mirrorspark.sandbox.Limits;
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
  void theLastFencedBlockIsTheProgram() {
    assertEquals(
        block("python", "b\n"), FencedBlock.last("x\n```\na\n```\ny\n```python\nb\n```\nz"));
    assertEquals(block("", "a\n"), FencedBlock.last("```\na\n```"));
    assertEquals(block("java", "a\n"), FencedBlock.last("  ```Java title=x\na\n  ```  "));
    assertEquals(block("python", "a"), FencedBlock.last("```\nx\n```\n```python\na"));
    assertEquals(block("", ""), FencedBlock.last("text\n```"));
    assertEquals(block("", "s = '```'\n"), FencedBlock.last("```\ns = '```'\n```"));
    assertEquals(Optional.empty(), FencedBlock.last("print(1)"));
    assertEquals(Optional.empty(), FencedBlock.last("inline ```print(1)``` only"));
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
        Verdict.of(false, "language brainfuck is not set up"),
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

  private static Optional<FencedBlock> block(String language, String source) {
    return Optional.of(new FencedBlock(language, source));
  }
}
