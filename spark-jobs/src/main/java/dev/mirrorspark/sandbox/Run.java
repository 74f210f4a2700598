package dev.mirrorspark.sandbox;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A program and how it is checked.
 *
 * @param language name of a {@link Language}
 * @param source the whole text of the program
 */
public record Run(String language, String source, Check check, Limits limits) {

  /** What the program has to do. */
  public sealed interface Check {}

  /** When an output is right. */
  public sealed interface OutputRule permits OutputComparison, Checker {}

  /**
   * A program that judges an output, for problems with several right ones: it is called with the
   * paths of three files, the input, the output and the one that the problem holds (the order of
   * testlib), and ends with exit code 0 where the output is right.
   *
   * @param language name of a {@link Language}
   * @param source the whole text of the program
   */
  public record Checker(String language, String source) implements OutputRule {
    /** The program by itself. */
    Run alone(Limits limits) {
      return new Run(language, source, new Once(""), limits);
    }
  }

  /** It is run once on this standard input and has to end with exit code 0. */
  public record Once(String input, WorkFiles files) implements Check {
    public Once(String input) {
      this(input, WorkFiles.NONE);
    }
  }

  /**
   * It is run once on each input and has to print what is right for it.
   *
   * @param rule when an output is right
   * @param totalSeconds time of all its runs together; empty: {@link #totalSeconds(double)}
   */
  public record Cases(List<Case> cases, OutputRule rule, OptionalDouble totalSeconds)
      implements Check {
    /** Each further test adds this share of the time that one run may take, ... */
    private static final double SHARE = 0.1;

    /** ... and this much at least, in seconds. */
    private static final double LEAST = 1;

    public Cases {
      cases = List.copyOf(cases);
    }

    /** With the usual rule and time. */
    public Cases(List<Case> cases) {
      this(cases, OutputComparison.USUAL, OptionalDouble.empty());
    }

    /**
     * The time of all its runs together, in seconds.
     *
     * @param wallSeconds the limit of one run
     */
    public double totalSeconds(double wallSeconds) {
      int further = Math.max(0, cases.size() - 1);
      return totalSeconds.orElse(wallSeconds + further * Math.max(LEAST, SHARE * wallSeconds));
    }
  }

  /** Standard input and the standard output that is right for it. */
  public record Case(String input, String output) {}

  /**
   * It has to hold in code that tests it, in a process that the program cannot reach, and that
   * fails by an exception (the way of HumanEval). Of Python alone.
   *
   * @param entry name of the function or class that is tested; empty: the tests tell
   * @param given code whose definitions the tests use as they stand here, whatever the program
   *     makes of them: the prompt of a program that is to be completed; may be empty
   */
  public record TestCode(String code, String entry, String given) implements Check {
    public TestCode(String code) {
      this(code, "", "");
    }
  }

  /**
   * The source is not looked at: programs of Python that define nothing, or whose functions return
   * None, have to fail the tests; else these check nothing.
   */
  public record TestsAlone(TestCode tests) implements Check {}

  /** The program that judges outputs, if one does. */
  public Optional<Checker> checker() {
    return check instanceof Cases cases && cases.rule() instanceof Checker checker
        ? Optional.of(checker)
        : Optional.empty();
  }
}
