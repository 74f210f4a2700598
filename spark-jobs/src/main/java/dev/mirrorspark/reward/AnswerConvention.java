package dev.mirrorspark.reward;

import com.google.re2j.Pattern;
import java.util.Optional;

/**
 * Where responses state their final answer: by the run's own pattern, or as is usual for a type.
 */
record AnswerConvention(Optional<Pattern> pattern) {
  static final AnswerConvention USUAL = new AnswerConvention(Optional.empty());

  /**
   * The convention of setting {@code reward.answer_pattern}.
   *
   * @param pattern a pattern that the settings' check let pass; empty: as is usual
   */
  static AnswerConvention of(String pattern) {
    return pattern.isEmpty()
        ? USUAL
        : new AnswerConvention(Optional.of(Pattern.compile(pattern, Pattern.DOTALL)));
  }

  /** By the pattern; else what follows the last {@code #}, or is in the last box. */
  Optional<String> afterHash(String response) {
    return pattern.isPresent() ? captured(response) : FinalAnswer.afterHash(response);
  }

  /** By the pattern; else what is in the last box, or follows the last {@code #}. */
  Optional<String> inBox(String response) {
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
