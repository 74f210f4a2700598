package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputComparisonTest {
  /** Right output, output of the program; then: usual, exact, lines, tokens, numbers. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "1 2 3|1 2 3\\n|yyyyy",
        "1 2 3\\n|1 2 3|yyyyy",
        "1 2 3\\r\\n|1 2 3\\n|yyyyy",
        "1 2 3|1 2 3 \\n\\n|ynyyy",
        "1\\n2|1 2|ynnyy",
        "1 2|  1  2|ynnyy",
        "1 2|1 3|nnnnn",
        "YES|yes|nnnnn",
        // versions
        "1.10|1.1|nnnny",
        "v1.10|v1.1|nnnnn",
        "1.1.0|1.1|nnnnn",
        "007|7|nnnny",
        "0.5|.5|nnnny",
        "0.333333|0.3333333|nnnny",
        "0.333333|0.3334|nnnnn",
        "3|3.0|nnnny",
        "3|2.9999999|nnnny",
        "3|3.1|nnnnn",
        "1000000007|1000000008|nnnnn",
        "1000000007|1000000008.0|nnnnn",
        "1e9|1000000000.5|nnnny",
        "nan|nan|yyyyy",
        "1.5|nan|nnnnn",
        // drawings
        "  *\\n ***\\n*****\\n|*\\n***\\n*****|nnnyy",
        "  *\\n ***\\n*****\\n|  *  \\n ***\\n*****\\n\\n|ynyyy",
        "*\\n**\\n***|* ** ***|nnnyy",
        "*\\n**\\n***|  *\\n **\\n***|nnnyy",
        "/\\\\ \\n\\\\/|/\\\\\\n\\\\/\\n|ynyyy",
        "H   H\\nHHHHH|H H\\nHHHHH|nnnyy",
        "  A\\n B B|A\\nB B|nnnyy",
        "#..#\\n....|#..#\\n....\\n|yyyyy",
        " 1 2 3|1 2 3|ynnyy",
        "\\n 7\\n|7|ynnyy",
      })
  void eachModeSaysWhatCounts(String right, String output, String expected) {
    String[] names = {"", "exact", "lines", "tokens", "numbers"};
    for (int i = 0; i < names.length; i++) {
      var mode = i == 0 ? OutputComparison.USUAL : OutputComparison.named(names[i]).orElseThrow();
      var difference = mode.difference(unescaped(right), unescaped(output));
      assertEquals(
          expected.charAt(i) == 'y', difference.isEmpty(), names[i] + ": " + difference.orElse(""));
    }
  }

  @Test
  void numbersTakeATolerance() {
    var fine = OutputComparison.named("numbers(1e-9)").orElseThrow();
    assertEquals(Optional.empty(), fine.difference("0.5", "0.5000000001"));
    assertEquals(
        Optional.of("token 1 is '0.50000001', not '0.5'"), fine.difference("0.5", "0.50000001"));
    assertEquals(Optional.empty(), fine.difference("2000000000.5", "2000000001.5"));
    assertEquals(0, OutputComparison.named("numbers(0)").orElseThrow().tolerance());
    for (String none :
        new String[] {
          "",
          "usual",
          "number",
          "numbers(1)",
          "numbers(-1)",
          "numbers(.)",
          "numbers(1e-6",
          "numbers()",
          "EXACT"
        }) {
      assertEquals(Optional.empty(), OutputComparison.named(none), none);
    }
  }

  @Test
  void letterCaseMattersUnlessTheProblemSaysOtherwise() {
    for (String name : new String[] {"exact", "lines", "tokens", "numbers"}) {
      var strict = OutputComparison.named(name).orElseThrow();
      assertEquals(false, strict.difference("YES\n", "Yes\n").isEmpty());
      assertEquals(Optional.empty(), strict.ignoringCase(true).difference("YES\n", "Yes\n"));
      assertEquals(false, strict.ignoringCase(true).difference("YES", "NO").isEmpty());
    }
  }

  @Test
  void theFirstDifferenceIsTold() {
    var lines = OutputComparison.named("lines").orElseThrow();
    assertEquals(Optional.of("line 2 is 'c', not 'b'"), lines.difference("a\nb", "a\nc"));
    assertEquals(Optional.of("1 lines, not 2"), lines.difference("a\nb", "a"));
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\");
  }
}
