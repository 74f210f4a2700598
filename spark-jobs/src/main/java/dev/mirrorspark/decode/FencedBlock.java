package dev.mirrorspark.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A program in a response, fenced by lines of three backticks.
 *
 * @param language what the fence names, in lower case; may be empty
 * @param source the text between the fences
 */
public record FencedBlock(String language, String source) {
  private static final Pattern FENCE = Pattern.compile("(?m)^[ \\t]*```([^`\\n]*)$");

  /** The last block of a response; one that is not closed goes to the response's end. */
  public static Optional<FencedBlock> last(String response) {
    List<int[]> fences = new ArrayList<>();
    List<String> languages = new ArrayList<>();
    var fence = FENCE.matcher(response);
    while (fence.find()) {
      fences.add(new int[] {fence.start(), fence.end()});
      languages.add(fence.group(1).strip());
    }
    if (fences.isEmpty()) {
      return Optional.empty();
    }
    int opening = fences.size() % 2 == 0 ? fences.size() - 2 : fences.size() - 1;
    int from = Math.min(response.length(), fences.get(opening)[1] + 1);
    int to = opening + 1 < fences.size() ? fences.get(opening + 1)[0] : response.length();
    String language = languages.get(opening).split("[\\s{:]")[0].toLowerCase(Locale.ROOT);
    return Optional.of(new FencedBlock(language, response.substring(from, Math.max(from, to))));
  }

  /** The language by the sandbox's name; the other one where the fence names none. */
  public String languageOr(String otherwise) {
    return switch (language) {
      case "" -> otherwise;
      case "py", "python3" -> "python";
      default -> language;
    };
  }
}
