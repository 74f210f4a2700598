package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokensTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "1 2 3|1 2 3\\n|true",
        "1 2 3|\\n 1\\t2\\r\\n3  |true",
        "''|\\n|true",
        "YES|yes|false",
        "1 2 3|1 2|false",
        "1 2|1 2 3|false",
        "''|0|false",
        "3|3.0|true",
        "3|3.00001|false",
        "3.0|3|true",
        "0.333333|0.3333335|true",
        "0.333333|0.3334|false",
        "1e9|1000000001|true",
        "1e9|1000002000|false",
        "1000000000|1000000001|false",
        "3.1|nan|false",
        "3.1|3.1.0|false",
        "v1.0|v1|false",
        "1.5|-1.5|false",
        "00|0|true",
        "1000000007|1000000008.0|false",
      })
  void whiteSpaceDoesNotMatterAndDecimalsHaveATolerance(
      String right, String output, boolean equal) {
    var difference = Tokens.difference(unescaped(right), unescaped(output));
    assertEquals(equal, difference.isEmpty(), difference.toString());
  }

  @Test
  void theFirstDifferenceIsTold() {
    assertEquals(Optional.of("token 2 is '3', not '2'"), Tokens.difference("1 2 4", "1 3 5"));
    assertEquals(Optional.of("1 tokens, not 2"), Tokens.difference("1 2", "1"));
    assertEquals(
        Optional.of("token 1 is '" + "x".repeat(40) + "…', not '1'"),
        Tokens.difference("1", "x".repeat(100_000)));
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("''", "");
  }
}
