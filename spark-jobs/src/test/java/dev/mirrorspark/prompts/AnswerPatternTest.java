package dev.mirrorspark.prompts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerPatternTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "so 3 #### 72 | 72",
        "#### 1 then #### 1,234,567 | 1234567",
        "#### -1,000.5 | -1000.5",
        "#### 1,2 | 1,2",
        "#### (1,234) | (1,234)",
      })
  void afterHashes(String cell, String answer) {
    assertEquals(Optional.of(answer), AnswerPattern.of("after_hashes").extract(cell));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "$\\boxed{2}$ vertical | 2",
        "first \\boxed{1}, at last \\boxed{\\frac{1}{\\sqrt{2}}}. | \\frac{1}{\\sqrt{2}}",
        "is $\\boxed{\\{1,2\\}}$ | \\{1,2\\}",
        "is $\\boxed{(-\\infty,3\\}}$ | (-\\infty,3\\}",
        "is $\\boxed 7$ so | 7",
        "is $\\boxed7$ | 7",
        "\\boxed{3} or $\\fbox{4}$ | 4",
        "\\boxed {\\text{a b}} | \\text{a b}",
      })
  void lastBoxed(String cell, String answer) {
    assertEquals(Optional.of(answer), AnswerPattern.of("last_boxed").extract(cell));
  }

  @Test
  void nothingWhereThePatternIsAbsent() {
    assertEquals(Optional.empty(), AnswerPattern.of("after_hashes").extract("### 7"));
    assertEquals(Optional.empty(), AnswerPattern.of("last_boxed").extract("7"));
    assertEquals(Optional.empty(), AnswerPattern.of("last_boxed").extract("\\boxed{7"));
    assertEquals(Optional.empty(), AnswerPattern.of("is (\\d+)").extract("is seven"));
    assertEquals(Optional.empty(), AnswerPattern.of("is (\\d+)?").extract("is seven"));
  }

  @Test
  void regularExpressionAndWholeCell() {
    assertEquals(Optional.of("42"), AnswerPattern.of("answer:\\s*(\\S+)").extract("answer:\n42"));
    assertEquals(Optional.of("4 2"), AnswerPattern.of("none").extract(" 4 2 "));
  }
}
