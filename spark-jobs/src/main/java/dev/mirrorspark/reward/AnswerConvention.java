package dev.mirrorspark.reward;

import com.google.re2j.Pattern;
import java.util.Optional;

/**
 * Where responses state their final answer: by the run's own pattern, or as is usual for a type.
 */
record AnswerConvention(Optional<Pattern> pattern, boolean answerLine) {
  static final AnswerConvention USUAL = new AnswerConvention(Optional.empty(), false);
  private static final String ANSWER_LINE = "answer_line";

  /**
   * The convention of setting {@code reward.answer_pattern}.
   *
   * @param pattern a pattern that the settings' check let pass; {@code answer_line}: the last line
   *     that starts with {@code Answer:}, then as is usual; empty: as is usual
   */
  static AnswerConvention of(String pattern) {
    if (pattern.isEmpty()) {
      return USUAL;
    }
    return pattern.equals(ANSWER_LINE)
        ? new AnswerConvention(Optional.empty(), true)
        : new AnswerConvention(Optional.of(Pattern.compile(pattern, Pattern.DOTALL)), false);
  }

  /** By the pattern; else what follows the last {@code #}, or is in the last box. */
  Optional<String> afterHash(String response) {
    if (answerLine) {
      return FinalAnswer.onAnswerLine(response);
    }
    return pattern.isPresent() ? captured(response) : FinalAnswer.afterHash(response);
  }

  /** By the pattern; else what is in the last box, or follows the last {@code #}. */
  Optional<String> inBox(String response) {
    if (answerLine) {
      return FinalAnswer.onAnswerLine(response);
    }
    return pattern.isPresent() ? captured(response) : FinalAnswer.inBox(response);
  }

  /** The group of the last match. */
  private Optional<String> captured(String response) {
    var matcher = pattern.orElseThrow().matcher(response);
    Optional<String> last = Optional.empty();
    while (matcher.find()) {
      last = Optional.ofNullable(matcher.group(1));
    }
    return last.map(String::strip).filter(text -> !text.isEmpty());
  }
}
