package dev.mirrorspark.sandbox;

import java.util.Set;

/** Runs programs and judges them; safe for use by several threads. */
public interface Runner {
  /**
   * Runs a program; waits while all slots are taken.
   *
   * @return verdict {@link ProgramVerdict#ERROR} if the sandbox failed, after its retries
   * @throws dev.mirrorspark.config.UserError if the language is not one of {@link #languages}
   */
  Outcome judge(Run run) throws InterruptedException;

  /** The languages that are set up and whose programs this machine has. */
  Set<String> languages();

  /** Whether a language is compiled before it runs; false if it is not known. */
  default boolean compiles(String language) {
    return false;
  }

  /** How many programs run side by side. */
  int slots();
}
