package dev.mirrorspark.sandbox;

import dev.mirrorspark.sandbox.Ended.Stop;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * What the harness reads of one run of tests, and what it says of it. The last line of its output
 * is a secret word where the tests hold, another where they cannot run, and neither otherwise: a
 * program that guesses, replays or ends early says nothing.
 *
 * @param passed the word of tests that hold
 * @param problem the word of tests that cannot run, or that check nothing
 */
record PythonTests(Run.TestCode tests, String passed, String problem) {
  private static final SecureRandom RANDOM = new SecureRandom();

  static PythonTests of(Run.TestCode tests) {
    return new PythonTests(tests, word(), word());
  }

  private static String word() {
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /** What it reads: a line with the words and the lengths of two texts, and three texts. */
  String input() {
    return "%s %s %d %d tests\n%s%s%s"
        .formatted(
            passed,
            problem,
            length(tests.entry()),
            length(tests.given()),
            tests.entry(),
            tests.given(),
            tests.code());
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /**
   * The finding of a run.
   *
   * @param ofProgram what would be found if the harness were any program
   */
  Finding of(Ended ended, Finding ofProgram) {
    boolean limit =
        ended.stop() != Stop.NONE
            || ofProgram.verdict() == ProgramVerdict.MEMORY_LIMIT
            || ofProgram.verdict() == ProgramVerdict.TIME_LIMIT;
    String last = ended.outText().lines().reduce("", (before, line) -> line);
    String error = Finding.shown(ended.lastErrorLine());
    if (last.equals(problem)) {
      return new Finding(ProgramVerdict.BAD_TESTS, error);
    }
    if (limit) {
      return ofProgram;
    }
    if (last.equals(passed) && ended.exitCode() == 0) {
      return new Finding(ProgramVerdict.PASSED, "its tests hold");
    }
    return switch (last) {
      case "- wrong" -> new Finding(ProgramVerdict.WRONG_ANSWER, error);
      case "- memory" -> new Finding(ProgramVerdict.MEMORY_LIMIT, error);
      case "- compile" -> new Finding(ProgramVerdict.COMPILE_ERROR, error);
      case "- error" -> new Finding(ProgramVerdict.RUNTIME_ERROR, error);
      default ->
          new Finding(
              ProgramVerdict.RUNTIME_ERROR,
              "ended with exit code %d before its tests did: %s"
                  .formatted(ended.exitCode(), error));
    };
  }
}
