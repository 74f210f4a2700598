package dev.mirrorspark.sandbox;

import java.util.List;

/**
 * A program and how it is checked.
 *
 * @param language name of a {@link Language}
 * @param source the whole text of the program
 */
public record Run(String language, String source, Check check, Limits limits) {

  /** What the program has to do. */
  public sealed interface Check {}

  /** It is run once on this standard input and has to end with exit code 0. */
  public record Once(String input) implements Check {}

  /** It is run once on each input and has to print the output, as {@link Tokens} compares. */
  public record Cases(List<Case> cases) implements Check {
    public Cases {
      cases = List.copyOf(cases);
    }
  }

  /** Standard input and the standard output that is right for it. */
  public record Case(String input, String output) {}

  /**
   * It has to hold in code that tests it. Of Python that code runs in a process that the program
   * cannot reach, and fails by an exception (the way of HumanEval); otherwise it is appended to the
   * source, and fails by the exit code.
   *
   * @param entry name of the function or class that is tested, of Python; empty: the tests tell
   * @param given Python code whose definitions the tests use as they stand here, whatever the
   *     program makes of them: the prompt of a program that is to be completed; may be empty
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
}
