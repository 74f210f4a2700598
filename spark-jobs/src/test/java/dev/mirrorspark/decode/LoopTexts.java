package dev.mirrorspark.decode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Texts as tokens in two ways: a character each, or a word, a space or a sign each. */
final class LoopTexts {
  private static final Pattern WORD = Pattern.compile("\\w+|\\s+|[^\\w\\s]");

  private LoopTexts() {}

  static final Map<String, Function<String, int[]>> TOKENIZERS =
      Map.of("characters", LoopTexts::characters, "words", LoopTexts::words);

  static int[] characters(String text) {
    return text.codePoints().toArray();
  }

  static int[] words(String text) {
    Map<String, Integer> ids = new HashMap<>();
    List<Integer> tokens = new ArrayList<>();
    var matcher = WORD.matcher(text);
    while (matcher.find()) {
      tokens.add(ids.computeIfAbsent(matcher.group(), word -> ids.size()));
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The number of tokens after which a detector fires; −1 if it never does. */
  static int firesAfter(int[] tokens, int threshold) {
    var detector = new RepeatDetector(threshold);
    for (int i = 0; i < tokens.length; i++) {
      if (detector.accept(tokens[i])) {
        return i + 1;
      }
    }
    return -1;
  }
}
