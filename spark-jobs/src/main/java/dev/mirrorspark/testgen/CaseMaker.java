package dev.mirrorspark.testgen;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import dev.mirrorspark.testgen.ProblemDecision.Judged;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes the test cases of a problem: runs its generator once for each, and the submissions on what
 * it prints, every run in a box of its own (Kimi k1.5, 2.3.5).
 *
 * <p>A generator reads two lines, a seed and the number of the case, and prints one input. Once so
 * many cases are not valid that the problem cannot have enough any more, no program is run for it.
 */
final class CaseMaker {
  private final ProgramRuns runs;
  private final Thresholds rule;
  private final InputMaker inputs;
  private final Limits forSubmissions;

  /** The cases of the generator that was taken. */
  record Made(Draft generator, List<TestCase> cases) {
    Made {
      cases = List.copyOf(cases);
    }
  }

  /**
   * @param counter is told of every run of a program
   */
  CaseMaker(Runner runner, RunConfig config, Runnable counter) {
    this.runs = new ProgramRuns(runner, counter);
    this.rule = Thresholds.of(config.testcases());
    this.inputs = new InputMaker(runs, config.seed(), limits(config, config.testcases().inputKb()));
    this.forSubmissions = limits(config, config.testcases().outputKb());
  }

  /** What one run of a program of section {@code testcases} may use. */
  static Limits limits(RunConfig config, int outputKb) {
    var sandbox = config.sandbox();
    var ours = config.testcases();
    return new Limits(
        ours.cpuSeconds(),
        ours.wallSeconds(),
        sandbox.memoryMb(),
        sandbox.processes(),
        outputKb,
        sandbox.diskMb());
  }

  /**
   * The cases of the first generator that makes enough valid ones; of none, those of the one that
   * makes the most.
   *
   * @param problem with one generator at least
   * @return empty if failures of the sandbox leave open what becomes of the problem
   */
  Optional<Made> make(CodingProblem problem) throws InterruptedException {
    Optional<Made> best = Optional.empty();
    int mostValid = -1;
    int mostInputs = -1;
    for (Draft generator : problem.generators()) {
      List<TestCase> cases = make(problem, generator.source());
      Optional<ProblemDecision> decision =
          ProblemDecision.of(
              rule, problem.submissions().size(), cases.stream().map(Judged::of).toList());
      if (decision.isEmpty()) {
        return Optional.empty();
      }
      int valid = decision.get().valid();
      int inputs = decision.get().inputs();
      if (valid > mostValid || valid == mostValid && inputs > mostInputs) {
        best = Optional.of(new Made(generator, cases));
        mostValid = valid;
        mostInputs = inputs;
      }
      if (valid >= rule.minValid()) {
        return best;
      }
    }
    return best;
  }

  private List<TestCase> make(CodingProblem problem, Source generator) throws InterruptedException {
    List<TestCase> cases = inputs.make(problem.id(), generator, rule.cases(), this::hopeless);
    for (int i = 0; i < cases.size() && !hopeless(cases); i++) {
      if (cases.get(i).outcome() == CaseOutcome.NOT_RUN) {
        cases.set(i, judged(cases.get(i), problem.submissions()));
      }
    }
    return cases;
  }

  /** Whether so many cases are not valid that what is left is too few. */
  private boolean hopeless(List<TestCase> cases) {
    long invalid = cases.stream().filter(one -> one.outcome().invalid()).count();
    return invalid > rule.cases() - rule.minValid();
  }

  private TestCase judged(TestCase made, List<Source> submissions) throws InterruptedException {
    List<ProgramAnswer> answers = new ArrayList<>();
    double seconds = 0;
    for (Source submission : submissions) {
      Outcome ran = runs.run(submission, made.input(), forSubmissions);
      ProgramAnswer answer = ProgramRuns.answer(ran);
      seconds += ran.seconds();
      answers.add(answer);
      if (answer instanceof ProgramAnswer.Unknown unknown) {
        String why = "submission %d: %s".formatted(answers.size() - 1, unknown.why());
        return made.judged(CaseAgreement.of(List.of()), CaseOutcome.SANDBOX, why, seconds);
      }
    }
    CaseAgreement agreement = CaseAgreement.of(answers);
    int need = rule.agreeing(submissions.size());
    if (agreement.agreeing().size() >= need) {
      return made.judged(agreement, CaseOutcome.VALID, others(answers), seconds);
    }
    String why =
        "%d of %d give the same output; %d are needed"
            .formatted(agreement.agreeing().size(), submissions.size(), need);
    return made.judged(agreement, CaseOutcome.DISAGREEMENT, join(why, others(answers)), seconds);
  }

  /** The first submission that gave no output, and why. */
  private static String others(List<ProgramAnswer> answers) {
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof ProgramAnswer.Failed failed) {
        return "submission %d: %s".formatted(i, failed.why());
      }
    }
    return "";
  }

  private static String join(String first, String second) {
    return second.isEmpty() ? first : first + "; " + second;
  }
}
