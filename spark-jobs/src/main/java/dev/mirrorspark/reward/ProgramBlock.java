package dev.mirrorspark.reward;

import dev.mirrorspark.decode.FencedBlock;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which block of a response is its program: the last fenced one in a language that the problem
 * takes, whatever output or other text stands in blocks behind it; without one, the last whose
 * fence names no language, in the problem's usual one.
 */
sealed interface ProgramBlock {

  /** A program, and its language by the sandbox's name. */
  record Program(String language, String source) implements ProgramBlock {}

  /** There is none. */
  record None(String why) implements ProgramBlock {}

  /**
   * The program of a response.
   *
   * @param usual the language of a block that names none; always taken
   * @param others further languages that are taken
   */
  static ProgramBlock of(String response, String usual, Set<String> others) {
    Predicate<String> takes =
        language -> !language.isEmpty() && (language.equals(usual) || others.contains(language));
    var found = FencedBlock.program(response, takes);
    if (found.isPresent()) {
      return found.get().source().isBlank()
          ? new None("the program is empty")
          : new Program(
              found.get().language().isEmpty() ? usual : found.get().languageIn(takes),
              found.get().source());
    }
    List<FencedBlock> blocks = FencedBlock.all(response);
    return new None(
        blocks.isEmpty()
            ? "no fenced block with a program"
            : "no fenced block in a language that is taken, only in "
                + String.join(
                    ", ", blocks.stream().map(FencedBlock::language).distinct().toList()));
  }
}
