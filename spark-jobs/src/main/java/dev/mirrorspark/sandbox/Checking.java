package dev.mirrorspark.sandbox;

import dev.mirrorspark.sandbox.Ended.Stop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges outputs by a problem's own program ({@link Run.Checker}), each in a box of its own.
 *
 * <p>Whatever it does but end with exit code 0 refuses the output. So an output that makes it fail
 * or run into a limit is wrong; a program that refuses the problem's own output too is no checker,
 * and that is an error of the problem.
 */
final class Checking {
  private final Judge program;
  private Optional<Judge.Ready> ready = Optional.empty();

  /**
   * @param program the checker, as a run of its own
   */
  Checking(Judge program) {
    this.program = program;
  }

  Finding finding(Run.Case test, String output) throws IOException, InterruptedException {
    if (ready.isEmpty()) {
      ready = Optional.of(program.ready());
    }
    Finding compiled = ready.get().finding();
    if (!compiled.passed()) {
      return atFault("cannot be compiled: " + compiled.detail());
    }
    Optional<String> refused = refusal(test, output);
    if (refused.isEmpty()) {
      return new Finding(ProgramVerdict.PASSED, "the checker takes the output");
    }
    return refusal(test, test.output()).isPresent()
        ? atFault("does not take the problem's own output: " + refused.get())
        : new Finding(ProgramVerdict.WRONG_ANSWER, "the checker says: " + refused.get());
  }

  private static Finding atFault(String why) {
    return new Finding(ProgramVerdict.ERROR, "the problem's checker " + why);
  }

  private Optional<String> refusal(Run.Case test, String output)
      throws IOException, InterruptedException {
    List<String> names = List.of("input.txt", "output.txt", "expected.txt");
    Ended ended =
        program.execute(
            ready.orElseThrow(),
            Map.of(
                names.get(0), bytes(test.input()),
                names.get(1), bytes(output),
                names.get(2), bytes(test.output())),
            names.stream().map(name -> PreparedRoot.BOX + "/" + name).toList());
    boolean takes = ended.stop() == Stop.NONE && !ended.outOfMemory() && ended.exitCode() == 0;
    if (takes) {
      return Optional.empty();
    }
    String said = ended.lastErrorLine().isEmpty() ? ended.outText() : ended.lastErrorLine();
    return Optional.of(Finding.shown("exit code %d %s".formatted(ended.exitCode(), said).strip()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
