package dev.mirrorspark.testgen;

import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Outcome;
import dev.mirrorspark.sandbox.Run;
import dev.mirrorspark.sandbox.Runner;

/**
 * Runs programs on inputs, every run in a box of its own.
 *
 * @param counter is told of every run
 */
record ProgramRuns(Runner runner, Runnable counter) {
  /** Stands for a byte sequence that is no text. */
  private static final char REPLACEMENT = '\ufffd';

  Outcome run(Source program, String input, Limits limits) throws InterruptedException {
    counter.run();
    return runner.judge(new Run(program.language(), program.text(), new Run.Once(input), limits));
  }

  /** What a run says of its program. */
  static ProgramAnswer answer(Outcome ran) {
    return switch (ran.verdict()) {
      case PASSED -> printed(ran.stdout());
      case ERROR -> new ProgramAnswer.Unknown(oneLine(ran.detail()));
      default -> new ProgramAnswer.Failed(oneLine(ran.verdict().label() + ": " + ran.detail()));
    };
  }

  private static ProgramAnswer printed(String text) {
    if (text.isBlank()) {
      return new ProgramAnswer.Failed("prints nothing");
    }
    if (text.indexOf(REPLACEMENT) >= 0 || text.indexOf('\0') >= 0) {
      return new ProgramAnswer.Failed("prints something else than UTF-8 text");
    }
    return new ProgramAnswer.Printed(text);
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
