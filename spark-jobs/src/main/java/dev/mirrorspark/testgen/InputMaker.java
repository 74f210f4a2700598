package dev.mirrorspark.testgen;

import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Makes inputs of a problem: a generator reads two lines, a seed and the number of the case, and
 * prints one input (Kimi k1.5, 2.3.5).
 *
 * @param seed of the run
 * @param limits of one run of a generator
 */
record InputMaker(ProgramRuns runs, long seed, Limits limits) {
  /** Stands where responses have their iteration in the derivation of seeds. */
  static final int GENERATING = -6;

  /**
   * Runs a generator so many times; an input that was there before counts once.
   *
   * @param problem its id, of which the seeds depend
   * @param enough is asked before each run whether to stop
   * @return a case for each run
   */
  List<TestCase> make(String problem, Source generator, int times, Predicate<List<TestCase>> enough)
      throws InterruptedException {
    List<TestCase> cases = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    for (int number = 1; number <= times && !enough.test(cases); number++) {
      long ofCase = Seeds.response(seed, GENERATING, problem, number) >>> 33;
      Outcome ran = runs.run(generator, ofCase + "\n" + number + "\n", limits);
      ProgramAnswer answer = ProgramRuns.answer(ran);
      if (answer instanceof ProgramAnswer.Printed printed) {
        Integer before = seen.putIfAbsent(printed.text().strip(), number);
        cases.add(
            before == null
                ? TestCase.made(number, printed.text(), ran.seconds())
                : TestCase.without(
                    number, CaseOutcome.DUPLICATE, "the input of case " + before, ran.seconds()));
      } else if (answer instanceof ProgramAnswer.Failed failed) {
        cases.add(TestCase.without(number, CaseOutcome.NO_INPUT, failed.why(), ran.seconds()));
      } else if (answer instanceof ProgramAnswer.Unknown unknown) {
        cases.add(TestCase.without(number, CaseOutcome.SANDBOX, unknown.why(), ran.seconds()));
      }
    }
    return cases;
  }
}
