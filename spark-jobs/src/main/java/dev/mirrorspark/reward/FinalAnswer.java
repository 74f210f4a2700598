package dev.mirrorspark.reward;

import dev.mirrorspark.math.Braces;
import java.util.Optional;

/** Where a response states its final answer. */
final class FinalAnswer {
  private FinalAnswer() {}

  /** What follows the last {@code #} (so also the last {@code ####}); else the last box. */
  static Optional<String> afterHash(String response) {
    return stated(hash(response).or(() -> boxed(response)));
  }

  /** What the last box holds; else what follows the last {@code #}. */
  static Optional<String> inBox(String response) {
    return stated(boxed(response).or(() -> hash(response)));
  }

  private static Optional<String> stated(Optional<String> answer) {
    return answer.map(String::strip).filter(text -> !text.isEmpty());
  }

  private static Optional<String> hash(String response) {
    int hash = response.lastIndexOf('#');
    return hash < 0 ? Optional.empty() : Optional.of(response.substring(hash + 1));
  }

  /** The argument of the last <code>\boxed{…}</code> or <code>\fbox{…}</code>. */
  private static Optional<String> boxed(String response) {
    int boxed = response.lastIndexOf("\\boxed{");
    int fbox = response.lastIndexOf("\\fbox{");
    int last = Math.max(boxed, fbox);
    return last < 0 ? Optional.empty() : Braces.argument(response, response.indexOf('{', last));
  }
}
