package dev.mirrorspark.testgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Which programs are run on what, with programs whose names say what they do. */
class CaseMakerTest {
  private static final RunConfig CONFIG =
      RunFile.parse(
          "testcases: {cases: 5, min_valid: 4, input_kb: 3, output_kb: 7, cpu_seconds: 2.5}",
          List.of());

  /** Programs by name, from the input to the output; one starting with ! is that verdict. */
  private static final class Programs implements Runner {
    final Map<String, UnaryOperator<String>> byName = new TreeMap<>();
    final List<String> runs = new ArrayList<>();
    final List<Limits> limits = new ArrayList<>();

    Programs() {
      byName.put("number", input -> input.lines().toList().get(1) + "\n");
      byName.put("seed", input -> input.lines().toList().get(0));
      byName.put("same", input -> "1");
      byName.put("three", input -> Math.min(3, number(input)) + "");
      byName.put("four", input -> Math.min(4, number(input)) + "");
      byName.put("nothing", input -> " \n");
      byName.put("bytes", input -> "\ufffd");
      byName.put("crash", input -> "!RUNTIME_ERROR");
      byName.put("slow", input -> "!TIME_LIMIT");
      byName.put("broken", input -> "!ERROR");
      byName.put("broken on 2", input -> input.contains("2") ? "!ERROR" : "out " + input);
      byName.put("right", input -> "out " + input);
      byName.put("wrong", input -> "none");
      byName.put("wrong on 2", input -> input.contains("2") ? "none" : "out " + input);
    }

    private static int number(String input) {
      return Integer.parseInt(input.lines().toList().get(1));
    }

    @Override
    public Outcome judge(Run run) {
      runs.add(run.source());
      limits.add(run.limits());
      String input = ((Run.Once) run.check()).input();
      String output = byName.get(run.source()).apply(input);
      return output.startsWith("!")
          ? new Outcome(ProgramVerdict.valueOf(output.substring(1)), "de\ntail", 1, "x", "", 0.5, 0)
          : new Outcome(ProgramVerdict.PASSED, "", 0, output, "", 0.5, 0);
    }

    @Override
    public Set<String> languages() {
      return Set.of("python");
    }

    @Override
    public int slots() {
      return 1;
    }
  }

  private final Programs programs = new Programs();
  private int counted;

  private CaseMaker maker(RunConfig config) {
    return new CaseMaker(programs, config, () -> counted++);
  }

  private static CodingProblem problem(List<String> submissions, String... generators) {
    List<Draft> drafts = new ArrayList<>();
    for (String generator : generators) {
      drafts.add(new Draft(drafts.size(), new Source("python", generator)));
    }
    return new CodingProblem(
        "p",
        "q",
        submissions.stream().map(name -> new Source("python", name)).toList(),
        drafts,
        false,
        "code",
        0,
        "here");
  }

  private static List<String> right(int count) {
    return Collections.nCopies(count, "right");
  }

  private List<TestCase> cases(List<String> submissions, String generator) throws Exception {
    return maker(CONFIG).make(problem(submissions, generator)).orElseThrow().cases();
  }

  private static List<CaseOutcome> outcomes(List<TestCase> cases) {
    return cases.stream().map(TestCase::outcome).toList();
  }

  @Test
  void everySubmissionRunsOnEveryInput() throws Exception {
    List<TestCase> cases = cases(right(3), "number");
    assertEquals(Collections.nCopies(5, CaseOutcome.VALID), outcomes(cases));
    assertEquals(List.of("1\n", "2\n", "3\n", "4\n", "5\n"), inputs(cases));
    assertEquals("out 1\n", cases.get(0).output().orElseThrow());
    assertEquals(List.of(0, 1, 2), cases.get(0).agreement().agreeing());
    assertEquals(2.0, cases.get(0).seconds());
    assertEquals(20, programs.runs.size());
    assertEquals(20, counted);
    assertEquals(3, programs.limits.get(0).outputKb());
    assertEquals(7, programs.limits.get(19).outputKb());
    assertEquals(2.5, programs.limits.get(0).cpuSeconds());
  }

  private static List<String> inputs(List<TestCase> cases) {
    return cases.stream().map(TestCase::input).toList();
  }

  @Test
  void seedsDependOnTheRunTheProblemAndTheNumberAlone() throws Exception {
    List<String> first = inputs(cases(right(2), "seed"));
    assertEquals(first, inputs(cases(right(4), "seed")));
    assertEquals(5, Set.copyOf(first).size());
    assertTrue(first.stream().allMatch(seed -> Long.parseLong(seed) >> 31 == 0), first.toString());
    var other = RunFile.parse(RunFile.toYaml(CONFIG), List.of("seed=2"));
    assertNotEquals(
        first, inputs(maker(other).make(problem(right(2), "seed")).orElseThrow().cases()));
  }

  @Test
  void failuresAndLimitsOfASubmissionDisagree() throws Exception {
    List<TestCase> cases = cases(List.of("right", "crash", "slow", "nothing", "right"), "number");
    assertEquals(CaseOutcome.DISAGREEMENT, cases.get(0).outcome());
    assertEquals(
        "2 of 5 give the same output; 4 are needed; submission 1: runtime error: de tail",
        cases.get(0).detail());
    // Two cases are lost: at most 3 of 5 can be valid, so nothing more is run.
    assertEquals(
        List.of(
            CaseOutcome.DISAGREEMENT,
            CaseOutcome.DISAGREEMENT,
            CaseOutcome.NOT_RUN,
            CaseOutcome.NOT_RUN,
            CaseOutcome.NOT_RUN),
        outcomes(cases));
    assertEquals(5 + 2 * 5, programs.runs.size());
  }

  @Test
  void oneThatFailsOnlyLowersTheVotes() throws Exception {
    List<TestCase> cases = cases(List.of("right", "right", "right", "right", "slow"), "number");
    assertEquals(Collections.nCopies(5, CaseOutcome.VALID), outcomes(cases));
    assertEquals("submission 4: time limit: de tail", cases.get(0).detail());
    assertEquals(List.of(0, 1, 2, 3), cases.get(0).agreement().agreeing());
  }

  @Test
  void theSameInputAgainIsNotRunAgain() throws Exception {
    List<TestCase> cases = cases(right(2), "four");
    assertEquals(CaseOutcome.DUPLICATE, cases.get(4).outcome());
    assertEquals("the input of case 4", cases.get(4).detail());
    assertEquals(5 + 4 * 2, programs.runs.size());
  }

  @Test
  void aGeneratorWithTooFewInputsCostsNoSubmission() throws Exception {
    for (String generator : List.of("three", "same", "nothing", "bytes", "crash", "slow")) {
      programs.runs.clear();
      List<TestCase> cases = cases(right(2), generator);
      assertTrue(programs.runs.stream().allMatch(generator::equals), generator);
      assertTrue(cases.stream().filter(one -> one.outcome().invalid()).count() == 2, generator);
    }
    assertEquals(2, cases(right(2), "crash").size());
    assertEquals("runtime error: de tail", cases(right(2), "crash").get(0).detail());
    assertEquals("prints nothing", cases(right(2), "nothing").get(0).detail());
  }

  @Test
  void aCaseAtWhichTheSandboxFailedIsNotJudged() throws Exception {
    List<TestCase> cases = cases(List.of("right", "broken on 2", "right"), "number");
    assertEquals(CaseOutcome.SANDBOX, cases.get(1).outcome());
    assertEquals("submission 1: de tail", cases.get(1).detail());
    assertEquals(4, cases.stream().filter(one -> one.outcome() == CaseOutcome.VALID).count());
    // Four are enough here; where five are needed the problem stays open.
    var five = RunFile.parse(RunFile.toYaml(CONFIG), List.of("testcases.min_valid=5"));
    assertTrue(
        maker(five).make(problem(List.of("right", "broken on 2", "right"), "number")).isEmpty());
    assertTrue(maker(CONFIG).make(problem(right(3), "broken")).isEmpty());
  }

  @Test
  void theFirstGeneratorWithEnoughValidCasesIsTaken() throws Exception {
    var made = maker(CONFIG).make(problem(right(2), "crash", "four", "number")).orElseThrow();
    assertEquals(1, made.generator().number());
    assertTrue(!programs.runs.contains("number"));
  }

  @Test
  void ofNoneTheOneThatCameFarthest() throws Exception {
    var made = maker(CONFIG).make(problem(right(2), "same", "three", "crash")).orElseThrow();
    assertEquals(1, made.generator().number());
    assertEquals(3, made.cases().stream().filter(TestCase::hasInput).count());
  }
}
