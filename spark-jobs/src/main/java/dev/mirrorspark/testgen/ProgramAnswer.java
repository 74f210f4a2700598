package dev.mirrorspark.testgen;

/** What became of a program that was run on an input. */
sealed interface ProgramAnswer {

  /** It ended by itself and printed something. */
  record Printed(String text) implements ProgramAnswer {}

  /** It gave no output that counts: an error, a limit, nothing printed. It agrees with no other. */
  record Failed(String why) implements ProgramAnswer {}

  /** The sandbox failed, and nothing is known of the program. */
  record Unknown(String why) implements ProgramAnswer {}
}
