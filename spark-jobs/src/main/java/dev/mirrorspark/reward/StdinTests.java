package dev.mirrorspark.reward;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.decode.FencedBlock;
import dev.mirrorspark.reward.CodeVerifier.BadAnswer;
import dev.mirrorspark.sandbox.OutputComparison;
import dev.mirrorspark.sandbox.Run;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The answer of a {@code stdin_stdout} problem.
 *
 * <ul>
 *   <li>{@code inputs}, {@code outputs}: texts of equal number
 *   <li>{@code compare}: {@code exact}, {@code lines}, {@code tokens}, {@code numbers} or {@code
 *       numbers(1e-9)}; without it {@link OutputComparison#USUAL}
 *   <li>{@code ignore_case}: {@code true} where small and capital letters are the same
 *   <li>{@code checker}: instead, a program that judges outputs ({@link Run.Checker}): its text, in
 *       Python, or an object with {@code language} and {@code source}
 *   <li>{@code language}, {@code languages}: that of a block that names none (Python), and those
 *       that are taken at all (any that is set up but the shell, whose blocks are mostly commands
 *       that call the program)
 *   <li>{@code total_seconds}: time of all tests together
 * </ul>
 */
final class StdinTests {
  private StdinTests() {}

  /** The language of a block that names none. */
  static String usualLanguage(JsonNode json) throws BadAnswer {
    List<String> taken = CodeVerifier.texts(json, "languages");
    String first = taken.isEmpty() ? CodeVerifier.PYTHON : taken.get(0);
    return json.has("language") ? CodeVerifier.text(json, "language") : first;
  }

  /**
   * The languages that a problem takes.
   *
   * @param known those that are set up
   */
  static Set<String> languages(JsonNode json, Set<String> known) throws BadAnswer {
    List<String> named = CodeVerifier.texts(json, "languages");
    Set<String> taken = new HashSet<>(known);
    if (named.isEmpty()) {
      taken.removeIf(FencedBlock::shell);
    } else {
      taken.retainAll(named.stream().map(name -> nameIn(known, name)).toList());
    }
    return taken;
  }

  /** A language by the name under which it is set up. */
  static String nameIn(Set<String> known, String language) {
    return FencedBlock.nameIn(language.toLowerCase(Locale.ROOT), known::contains);
  }

  /** The tests. */
  static Run.Cases of(JsonNode json) throws BadAnswer {
    if (json.has("fn_name")) {
      throw new BadAnswer("calls a function, fn_name: make it one of type python_tests");
    }
    List<String> inputs = CodeVerifier.texts(json, "inputs");
    List<String> outputs = CodeVerifier.texts(json, "outputs");
    if (inputs.isEmpty() || inputs.size() != outputs.size()) {
      throw new BadAnswer(
          "needs as many inputs as outputs, and one at least; it has %d and %d"
              .formatted(inputs.size(), outputs.size()));
    }
    List<Run.Case> cases = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      cases.add(new Run.Case(inputs.get(i), outputs.get(i)));
    }
    double total = CodeVerifier.number(json, "total_seconds", 0);
    return new Run.Cases(
        cases, rule(json), total > 0 ? OptionalDouble.of(total) : OptionalDouble.empty());
  }

  private static Run.OutputRule rule(JsonNode json) throws BadAnswer {
    if (!json.has("checker")) {
      return comparison(json);
    }
    if (json.has("compare") || json.has("ignore_case")) {
      throw new BadAnswer("has a checker and a comparison; give one of them");
    }
    JsonNode checker = json.get("checker");
    var program =
        checker.isTextual()
            ? new Run.Checker(CodeVerifier.PYTHON, checker.asText())
            : new Run.Checker(
                CodeVerifier.text(checker, "language"), CodeVerifier.text(checker, "source"));
    if (program.source().isBlank()) {
      throw new BadAnswer("has an empty checker");
    }
    return program;
  }

  private static OutputComparison comparison(JsonNode json) throws BadAnswer {
    JsonNode ignore = json.path("ignore_case");
    if (!ignore.isMissingNode() && !ignore.isBoolean()) {
      throw new BadAnswer("has neither true nor false under ignore_case");
    }
    OutputComparison comparison = OutputComparison.USUAL;
    if (json.has("compare")) {
      String name = CodeVerifier.text(json, "compare");
      comparison =
          OutputComparison.named(name)
              .orElseThrow(
                  () ->
                      new BadAnswer(
                          "has compare '%s'; there are exact, lines, tokens, numbers, numbers(1e-9)"
                              .formatted(name)));
    }
    return comparison.ignoringCase(ignore.asBoolean());
  }
}
