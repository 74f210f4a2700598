package dev.mirrorspark.testgen;

import dev.mirrorspark.sandbox.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Programs that do the same: on each input they print what {@link Tokens} takes for equal, or
 * neither prints anything that counts (Kimi k1.5's majority voting over programs).
 *
 * <p>A program joins the first group whose first member does the same. One that fails on every
 * input is in none. An input on which the sandbox failed for any program counts for none.
 */
final class ProgramGroups {
  /** The group of all programs where there is no input: nothing tells them apart. */
  static final String ANY = "no inputs";

  private static final int SHOWN = 12;

  private ProgramGroups() {}

  /** The inputs on which it is known what every program does. */
  static List<Integer> known(List<List<ProgramAnswer>> programs) {
    int inputs = programs.isEmpty() ? 0 : programs.get(0).size();
    return IntStream.range(0, inputs)
        .filter(
            input ->
                programs.stream()
                    .noneMatch(answers -> answers.get(input) instanceof ProgramAnswer.Unknown))
        .boxed()
        .toList();
  }

  /**
   * The group of each program, by a name made of what it prints; empty: it is in none.
   *
   * @param programs of each its answers to the same inputs, in their order
   */
  static List<Optional<String>> of(List<List<ProgramAnswer>> programs) {
    List<Integer> known = known(programs);
    List<Optional<String>> groups = new ArrayList<>();
    List<List<ProgramAnswer>> first = new ArrayList<>();
    for (List<ProgramAnswer> all : programs) {
      List<ProgramAnswer> answers = known.stream().map(all::get).toList();
      boolean fails =
          !answers.isEmpty()
              && answers.stream().allMatch(answer -> answer instanceof ProgramAnswer.Failed);
      Optional<List<ProgramAnswer>> joined =
          first.stream().filter(other -> same(other, answers)).findFirst();
      if (!fails && joined.isEmpty()) {
        first.add(answers);
      }
      groups.add(fails ? Optional.empty() : Optional.of(name(joined.orElse(answers))));
    }
    return groups;
  }

  private static boolean same(List<ProgramAnswer> one, List<ProgramAnswer> other) {
    return IntStream.range(0, one.size()).allMatch(i -> same(one.get(i), other.get(i)));
  }

  private static boolean same(ProgramAnswer one, ProgramAnswer other) {
    return one instanceof ProgramAnswer.Printed a && other instanceof ProgramAnswer.Printed b
        ? Tokens.difference(a.text(), b.text()).isEmpty()
        : !(one instanceof ProgramAnswer.Printed) && !(other instanceof ProgramAnswer.Printed);
  }

  private static String name(List<ProgramAnswer> answers) {
    if (answers.isEmpty()) {
      return ANY;
    }
    String all =
        answers.stream()
            .map(answer -> answer instanceof ProgramAnswer.Printed a ? a.text() : "")
            .collect(Collectors.joining("\0"));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
      return "outputs " + HexFormat.of().formatHex(digest).substring(0, SHOWN);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
