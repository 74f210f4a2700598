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
   * It is run together with code that tests it, which fails by an exception or an exit code (the
   * way of HumanEval).
   */
  public record TestCode(String code) implements Check {}
}
