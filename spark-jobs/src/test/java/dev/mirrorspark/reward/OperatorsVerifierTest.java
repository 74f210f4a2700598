package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.reward.Verdict.Outcome;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorsVerifierTest {
  private final OperatorsVerifier verifier = new OperatorsVerifier();

  @ParameterizedTest(name = "{0}: {1} → {2}")
  @CsvSource({
    // ((3 + 5) + 2) * 8 = 0; ((3 * 5) - 2) - 8 = 5; ((3 - 5) + 2) - 8 = -8 = 2, modulo 10
    "3 5 2 8=0, 3+5=8 #++*, correct",
    "3 5 2 8=5, #*--, correct",
    "3 5 2 8=2, #-+-, correct",
    "3 5 2 8=5, #++*, wrong",
    "3 5 2 8=5, # *-- , correct",
    "3 5 2 8=5, #*-- no #+++, wrong",
    "3 5 2 8=5, *--, wrong",
    "3 5 2 8=5, #*-, wrong",
    "3 5 2 8=5, #*--+, wrong",
    "3 5 2 8=5, #* - -, wrong",
    "3 5 2 8=5, #*-/, wrong",
    "3 5 2 8=5, #3*5-2-8, wrong",
    "9 9=8, #+, correct",
    "9 9=1, #*, correct",
    "1 9=2, #-, correct",
    "3 5 2 8, #*--, error",
    "13 5=8, #-, error",
    "3 5=10, #+, error",
  })
  void judges(String answer, String response, String outcome) {
    var verdict = verifier.verify(answer, "operators", response);
    assertEquals(
        Outcome.valueOf(outcome.toUpperCase(Locale.ROOT)), verdict.outcome(), verdict.detail());
  }

  @Test
  void allOperatorsThatReachTheTargetAreCorrect() {
    int correct = 0;
    for (char a : "+-*".toCharArray()) {
      for (char b : "+-*".toCharArray()) {
        var verdict = verifier.verify("2 2 2=6", "operators", "#" + a + b);
        correct += verdict.outcome() == Outcome.CORRECT ? 1 : 0;
      }
    }
    assertEquals(2, correct); // 2+2+2 and 2*2+2
  }

  @Test
  void handlesItsAnswerTypeAlone() {
    assertTrue(verifier.handles("operators"));
    assertFalse(verifier.handles("integer"));
  }
}
