package dev.mirrorspark.prompts;

import dev.mirrorspark.math.Braces;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where a file's answer column holds the answer. */
sealed interface AnswerPattern {

  /** The answer in a cell, stripped; empty where the pattern does not occur. */
  Optional<String> extract(String cell);

  /**
   * The pattern of a run file: {@code none}, {@code after_hashes}, {@code last_boxed} or a regex.
   */
  static AnswerPattern of(String name) {
    return switch (name) {
      case "none" -> new WholeCell();
      case "after_hashes" -> new AfterHashes();
      case "last_boxed" -> new LastBoxed();
      default -> new Captured(Pattern.compile(name, Pattern.DOTALL));
    };
  }

  /** The number without its thousands separators; any other text as it is. */
  static String withoutThousands(String answer) {
    return answer.matches("[-+]?\\d{1,3}(,\\d{3})+(\\.\\d+)?") ? answer.replace(",", "") : answer;
  }

  /** The cell is the answer. */
  record WholeCell() implements AnswerPattern {
    @Override
    public Optional<String> extract(String cell) {
      return Optional.of(cell.strip());
    }
  }

  /** The text after the last {@code ####}, as in GSM8K; numbers lose their thousands separators. */
  record AfterHashes() implements AnswerPattern {
    @Override
    public Optional<String> extract(String cell) {
      int hashes = cell.lastIndexOf("####");
      return hashes < 0
          ? Optional.empty()
          : Optional.of(withoutThousands(cell.substring(hashes + 4).strip()));
    }
  }

  /**
   * The argument of the last {@code \boxed} or {@code \fbox}, as in MATH: in balanced braces, or
   * without braces the text up to the next white space or dollar sign.
   */
  record LastBoxed() implements AnswerPattern {
    @Override
    public Optional<String> extract(String cell) {
      int boxed = cell.lastIndexOf("\\boxed");
      int fbox = cell.lastIndexOf("\\fbox");
      if (boxed < 0 && fbox < 0) {
        return Optional.empty();
      }
      int start = boxed > fbox ? boxed + "\\boxed".length() : fbox + "\\fbox".length();
      while (start < cell.length() && Character.isWhitespace(cell.charAt(start))) {
        start++;
      }
      if (start < cell.length() && cell.charAt(start) == '{') {
        return Braces.argument(cell, start).map(String::strip);
      }
      int end = start;
      while (end < cell.length()
          && !Character.isWhitespace(cell.charAt(end))
          && cell.charAt(end) != '$') {
        end++;
      }
      return Optional.of(cell.substring(start, end));
    }
  }

  /** The first group of the first match of a regular expression. */
  record Captured(Pattern pattern) implements AnswerPattern {
    @Override
    public Optional<String> extract(String cell) {
      var matcher = pattern.matcher(cell);
      return matcher.find()
          ? Optional.ofNullable(matcher.group(1)).map(String::strip)
          : Optional.empty();
    }
  }
}
