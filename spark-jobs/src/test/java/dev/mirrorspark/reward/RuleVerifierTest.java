package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.reward.Verdict.Outcome;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleVerifierTest {
  private final RuleVerifier verifier = new RuleVerifier(AnswerConvention.USUAL);

  @ParameterizedTest(name = "{0} {1}: {2} → {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        // numbers: where the final answer stands
        "integer | 7 | b=3+4=7;#7 | correct",
        "integer | 7 | b=3+4=7;#8 | wrong",
        "integer | 7 | #8 wait #7 | correct",
        "integer | 7 | #7 wait #8 | wrong",
        "integer | 7 | the answer is 7 | wrong",
        "integer | 7 | 7 | wrong",
        "integer | 7 | 3+4=7;# | wrong",
        "integer | 7 | 3+4=7 #### 7 | correct",
        "integer | 7 | so \\boxed{7} it is | correct",
        "integer | 7 | \\boxed{8} no, \\boxed{7} | correct",
        "integer | 7 | \\boxed{7} #8 | wrong",
        "integer | 7 | \\boxed{8} #7 | correct",
        "integer | 7 | \\boxed{7 | wrong",
        "integer | 7 | #7; and more | wrong",
        // numbers: how they compare
        "integer | 7 | # 7  | correct",
        "integer | 7 | #07 | correct",
        "integer | 7 | #7.0 | correct",
        "integer | 7 | #7.5 | wrong",
        "integer | 7 | #+7 | correct",
        "integer | -7 | #-7 | correct",
        "integer | -7 | #7 | wrong",
        "integer | 0 | #-0 | correct",
        "integer | 1234 | #### 1,234 | correct",
        "integer | 1,234 | #1234 | correct",
        "integer | 1234 | #12,34 | wrong",
        "integer | 18 | #### $18 | correct",
        "integer | -18 | #### -$18 | correct",
        "integer | 18 | #### 18. | correct",
        "integer | 18 | #### 18 dollars | wrong",
        "integer | 10 | #1e1 | wrong",
        "integer | 123456789012345678901234567890 | #123456789012345678901234567891 | wrong",
        "integer | 17 | #### 0,017 | wrong",
        "integer | 42 | 2 + 40 = 42<br>#### 42<br>Checking: 42 - 40 is 2, as it should be. | correct",
        "integer | 4 | 8 - 4 = 4<br>#### **4** | correct",
        "integer | 4 | **Answer:** \\boxed{\\mathbf{4}} | correct",
        "integer | 29 | #### $29.00 | correct",
        "integer | 5 | ####<br>5 | correct",
        "integer | 5 | ## Step 1<br>2 + 3<br>## Final Answer<br>5 | correct",
        // a problem whose answer is no number cannot be judged
        "integer | seven | #7 | error",
        "integer | seven | no answer | error",
        // text
        "text | blue | so #blue | correct",
        "text | blue | so # blue  | correct",
        "text | blue | so #Blue | wrong",
        "text | blue | \\boxed{blue} | correct",
        "text | a b | #a  b | wrong",
      })
  void judges(String answerType, String answer, String response, String outcome) {
    var verdict = verifier.verify(answer, answerType, response.replace("<br>", "\n"));
    assertEquals(
        Outcome.valueOf(outcome.toUpperCase(Locale.ROOT)), verdict.outcome(), verdict.detail());
  }

  @Test
  void detailSaysWhatTheResponseStated() {
    assertEquals("final answer 8", verifier.verify("7", "integer", "x#8").detail());
    assertEquals("no final answer", verifier.verify("7", "integer", "8").detail());
    assertEquals(
        "the problem's answer 'x' is no number, its type is integer",
        verifier.verify("x", "integer", "#8").detail());
  }

  @Test
  void anEmptyResponseIsWrong() {
    assertEquals(Outcome.WRONG, verifier.verify("7", "integer", "").outcome());
    assertEquals(Outcome.WRONG, verifier.verify("", "text", "#").outcome());
  }

  @Test
  void aFloodOfDigitsIsNoNumber() {
    var flood = "#" + "1".repeat(1_000_000);
    assertEquals(Outcome.WRONG, verifier.verify("1", "integer", flood).outcome());
  }

  @Test
  void handlesItsAnswerTypesAlone() {
    assertTrue(verifier.handles("integer"));
    assertFalse(verifier.handles("math"));
    assertFalse(verifier.handles("operators"));
    assertFalse(verifier.handles(""));
  }

  @ParameterizedTest(name = "{0} {1} votes for {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "integer | #7 wait #07.0 | 7",
        "integer | #### $1,200. | 1200",
        "integer | #-0.00 | 0",
        "integer | # seven | seven",
        "text | # 07.0 | 07.0",
        "integer | the answer is 7 | ",
      })
  void answersThatAreEqualVoteAlike(String type, String response, String expected) {
    assertEquals(Optional.ofNullable(expected), verifier.finalAnswer(type, response));
  }
}
