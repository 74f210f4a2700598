package dev.mirrorspark.reward;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mirrorspark.reward.CodeVerifier.BadAnswer;
import dev.mirrorspark.sandbox.Limits;
import dev.mirrorspark.sandbox.Run;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What a problem puts before each program: LeetCode's {@code List}, {@code TreeNode} and imports.
 *
 * @param language of the programs that it goes before
 */
record Setup(String language, String text) {
  private static final Pattern FUTURE = Pattern.compile("from\\s+__future__\\s+import\\b.*");

  /** Key {@code setup} of an answer. */
  static Optional<Setup> of(JsonNode json, String language) throws BadAnswer {
    return json.has("setup")
        ? Optional.of(new Setup(language, CodeVerifier.text(json, "setup")))
        : Optional.empty();
  }

  /** The run with this before its program; another language's program is left alone. */
  Run before(Run run) {
    if (!run.language().equals(language)) {
      return run;
    }
    Predicate<String> first =
        language.equals(CodeVerifier.PYTHON)
            ? line -> FUTURE.matcher(line).matches()
            : line -> false;
    List<String> lines = run.source().lines().toList();
    String future = joined(lines.stream().filter(first).toList());
    String rest =
        future.isEmpty()
            ? run.source()
            : joined(lines.stream().map(line -> first.test(line) ? "" : line).toList());
    return new Run(run.language(), future + text + "\n" + rest, run.check(), run.limits());
  }

  /** It by itself: where it fails, so does every program. Empty where that cannot be told. */
  Optional<Run> alone(Limits limits) {
    return language.equals(CodeVerifier.PYTHON)
        ? Optional.of(new Run(language, text, new Run.Once(""), limits))
        : Optional.empty();
  }

  private static String joined(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }
}
