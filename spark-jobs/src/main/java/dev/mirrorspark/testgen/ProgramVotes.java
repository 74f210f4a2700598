package dev.mirrorspark.testgen;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.ProgramVerdict;
import dev.mirrorspark.sandbox.Runner;
import dev.mirrorspark.sandbox.SandboxHost;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;

/**
 * Lets programs vote by what they print on inputs that a generator makes, no expected output among
 * them (Kimi k1.5's evaluation on Codeforces: majority voting over programs, test cases generated
 * by the model). One Spark task a problem, each with the sandbox of its executor.
 *
 * @param inputs how often a generator is run
 */
public record ProgramVotes(SparkSession spark, RunConfig config, int inputs) {
  /**
   * After so many time limits from the first input on, a program is not run any more; nor is a
   * generator whose first so many runs gave no input.
   */
  static final int MOST_SLOW = 3;

  private static final ProgramAnswer NOT_SET_UP =
      new ProgramAnswer.Failed("its language is not set up here");

  /**
   * A program that votes.
   *
   * @param cpuSeconds processor time of one run
   * @param wallSeconds time of one run
   * @param memoryMb memory of one run, in MiB
   */
  public record Voter(Source program, double cpuSeconds, double wallSeconds, int memoryMb)
      implements Serializable {}

  /**
   * The voters of a problem.
   *
   * @param problem its id, of which the inputs depend
   * @param generators tried in their order; may be empty
   * @param voters each different program once
   */
  public record Ballot(String problem, List<Draft> generators, List<Voter> voters)
      implements Serializable {
    public Ballot {
      generators = List.copyOf(generators);
      voters = List.copyOf(voters);
    }
  }

  /**
   * How a problem's programs voted.
   *
   * @param inputs different inputs that they were run on
   * @param votes of each voter the name of its group; empty text: it votes for nothing
   */
  public record Counted(int inputs, List<String> votes) implements Serializable {
    public Counted {
      votes = List.copyOf(votes);
    }
  }

  /**
   * Counts the votes.
   *
   * @param progress is told how many programs were run so far
   * @return one for each ballot, in their order
   * @throws UserError if failures of the sandbox leave open how programs vote
   */
  public List<Counted> of(List<Ballot> ballots, LongConsumer progress) {
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    var runs = new LongAccumulator();
    context.sc().register(runs);
    var listener = new BoxProgress(runs.id(), progress);
    var settings = config;
    int most = inputs;
    context.sc().addSparkListener(listener);
    try {
      return context
          .parallelize(ballots, Math.max(1, ballots.size()))
          .map(
              ballot ->
                  counted(
                      SandboxHost.get(settings.sandbox()),
                      settings,
                      most,
                      ballot,
                      () -> runs.add(1)))
          .collect();
    } finally {
      context.sc().removeSparkListener(listener);
    }
  }

  static Counted counted(
      Runner sandbox, RunConfig config, int most, Ballot ballot, Runnable counter)
      throws InterruptedException {
    var runs = new ProgramRuns(sandbox, counter);
    List<String> inputs = inputs(runs, config, most, known(ballot, sandbox.languages()));
    List<List<ProgramAnswer>> answers = new ArrayList<>();
    for (Voter voter : ballot.voters()) {
      answers.add(
          sandbox.languages().contains(voter.program().language())
              ? answers(runs, config, voter, inputs)
              : Collections.nCopies(inputs.size(), NOT_SET_UP));
    }
    if (!inputs.isEmpty() && !answers.isEmpty() && ProgramGroups.known(answers).isEmpty()) {
      throw new UserError(
          ("the sandbox failed on every input of problem %s: run the same command again;"
                  + " `sandbox selftest` tells what this machine lacks")
              .formatted(ballot.problem()));
    }
    return new Counted(
        inputs.size(), ProgramGroups.of(answers).stream().map(group -> group.orElse("")).toList());
  }

  /** The ballot with those of its generators whose language is set up here. */
  private static Ballot known(Ballot ballot, Set<String> languages) {
    return new Ballot(
        ballot.problem(),
        ballot.generators().stream()
            .filter(generator -> languages.contains(generator.source().language()))
            .toList(),
        ballot.voters());
  }

  private static boolean hangs(List<TestCase> cases) {
    return cases.size() == MOST_SLOW && cases.stream().noneMatch(TestCase::hasInput);
  }

  /** The inputs of the first generator that makes a different one each time, else the most. */
  private static List<String> inputs(ProgramRuns runs, RunConfig config, int most, Ballot ballot)
      throws InterruptedException {
    var limits = CaseMaker.limits(config, config.testcases().inputKb());
    var maker = new InputMaker(runs, config.seed(), limits);
    List<String> best = List.of();
    for (Draft generator : ballot.generators()) {
      List<String> made =
          maker.make(ballot.problem(), generator.source(), most, ProgramVotes::hangs).stream()
              .filter(TestCase::hasInput)
              .map(TestCase::input)
              .toList();
      best = made.size() > best.size() ? made : best;
      if (best.size() == most) {
        return best;
      }
    }
    return best;
  }

  private static List<ProgramAnswer> answers(
      ProgramRuns runs, RunConfig config, Voter voter, List<String> inputs)
      throws InterruptedException {
    var limits =
        CaseMaker.limits(config, config.testcases().outputKb())
            .within(voter.cpuSeconds(), voter.wallSeconds())
            .withMemory(voter.memoryMb());
    List<ProgramAnswer> answers = new ArrayList<>();
    int slow = 0;
    for (String input : inputs) {
      Outcome ran = runs.run(voter.program(), input, limits);
      answers.add(ProgramRuns.answer(ran));
      slow += ran.verdict() == ProgramVerdict.TIME_LIMIT ? 1 : 0;
      if (slow == MOST_SLOW && answers.size() == MOST_SLOW) {
        answers.addAll(
            Collections.nCopies(
                inputs.size() - slow, new ProgramAnswer.Failed("too slow on the first inputs")));
        return answers;
      }
    }
    return answers;
  }
}
