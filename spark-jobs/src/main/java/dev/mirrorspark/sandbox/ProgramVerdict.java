package dev.mirrorspark.sandbox;

import java.util.Locale;

/** How a program did. */
public enum ProgramVerdict {
  /** It ended by itself with exit code 0, and whatever checks there were hold. */
  PASSED,
  WRONG_ANSWER,
  TIME_LIMIT,
  MEMORY_LIMIT,
  /** It failed otherwise: exit code, signal, or more output than allowed. */
  RUNTIME_ERROR,
  COMPILE_ERROR,
  /** Its tests cannot run, or check nothing: nothing is known of the program. */
  BAD_TESTS,
  /** The sandbox failed and nothing is known of the program: never a reward of 0. */
  ERROR;

  /** In words, as in the HTTP contract: {@code time limit}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
