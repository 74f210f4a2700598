package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.reward.Verdict.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MathVerifierTest {
  private final MathVerifier verifier = new MathVerifier(AnswerConvention.USUAL, 5);

  @ParameterizedTest(name = "{0} {1}: {2} → {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        // where the final answer stands
        "math | 42 | #42 | correct",
        "math | 42 | # item, \\boxed{42} | correct",
        "math | 42 | \\fbox{42} | correct",
        "math | 42 | \\boxed{41}, no: \\boxed{42} | correct",
        "math | 42 | the answer is 42 | wrong",
        "math | \\frac{1}{2} | \\boxed{\\frac{1}{2 | wrong",
        "decimal | 0.5 | \\boxed{7} #0.5 | correct",
        // as models write
        "math | 5 | I get \\boxed{5}. As asked, I wrote it in \\boxed{}. | correct",
        "math | 5 | I get \\boxed{5}, marked with \\boxed | correct",
        "math | 5 | I get \\boxed {5} | correct",
        "math | 5 | I get $\\boxed 5$ | correct",
        "math | \\frac{1}{2} | I get $\\boxed\\frac{1}{2}$ | correct",
        "math | \\frac{1}{2} | I get $\\boxed \\frac12$ | correct",
        "math | 3, 5, 7 | are \\boxed{3}, \\boxed{5} and \\boxed{7}. | correct",
        "math | 3, 5, 7 | are $\\boxed{3}$, $\\boxed{5}$, and $\\boxed{7}$. | correct",
        "math | 7 | are \\boxed{3}, \\boxed{5} and \\boxed{7}. | wrong",
        "math | 2 | maybe \\boxed{1}, but no: it is \\boxed{2} | correct",
        "math | 5 | \\boxed{5} \\boxed{5} | correct",
        "math | 5 | \\boxed{\\boxed{5}} | correct",
        "math | 4 | **Answer:** \\boxed{\\mathbf{4}} | correct",
        "math | 343 \\text{ and } 729 | The numbers are \\boxed{729} | wrong",
        "decimal | 9.81 ± 0.05 | #9.85 | correct",
        "decimal | 9.81 ± 0.05 | #9.87 | wrong",
        "decimal | 200 \\pm 1% | #198.5 | correct",
        "decimal | 200 ± 1% | #197.9 | wrong",
        "decimal | 1000000 | #1000001 | wrong",
        "decimal | 1000000 | #1000000.5 | wrong",
        "decimal | 0.3 | #0.30000000000000004 | correct",
        "decimal | 1/3 | #0.333333 | correct",
        "decimal | 1/3 | #0.3333 | wrong",
        "decimal | 1/3 | #0.333334 | wrong",
        "decimal | 2/3 | #0.666667 | correct",
        "decimal | 2/3 | #0.666666 | correct",
        "decimal | \\sqrt{2} | #1.41421356 | correct",
        "decimal | \\sqrt{2} | #\\sqrt2 | correct",
        "decimal | \\sqrt{2} | #1.4142136 | correct",
        "decimal | \\sqrt{2} | #1.4142156 | wrong",
        // what is equal
        "math | \\frac{1}{2} | thus \\boxed{\\frac{1}{2}} | correct",
        "math | \\frac{1}{2} | \\boxed{\\dfrac{1}{2}} | correct",
        "math | \\frac{1}{2} | \\boxed{\\tfrac12} | correct",
        "math | \\frac{1}{2} | \\boxed{0.5} | correct",
        "math | \\left( 3, \\frac{\\pi}{2} \\right) | \\boxed{(3,\\frac{\\pi}{2})} | correct",
        "math | x^{2} | \\boxed{ x^2 }. | correct",
        "math | $42$ | \\boxed{42.} | correct",
        "math | 1,000 | \\boxed{1000} | correct",
        "math | \\text{Evelyn} | \\boxed{Evelyn} | correct",
        "math | 5\\,\\text{cm} | \\boxed{5\\text{cm}} | correct",
        "math | \\{1,2\\} | \\boxed{\\{1,2\\}} | correct",
        "expression | 2*x + 1 | #2*x+1 | correct",
        "expression | 2*x + 1 | #1+2*x | correct",
        // unreadable: the answer's is wrong, the reference's is an error
        "math | 42 | \\boxed{\\leftarrow} | wrong",
        "math | \\leftarrow | \\boxed{arrow} | error",
        "math | \\leftarrow | \\boxed{\\leftarrow} | correct",
        "math | 42 | \\boxed{9^{9^{9^9}}} | wrong",
        "math | 9^{9^{9^9}} | \\boxed{1} | error",
        // decimals
        "decimal | 0.5 | #.5 | correct",
        "decimal | 0.5 | #0.50 | correct",
        "decimal | 0.5 | #1/2 | correct",
        "decimal | 0.5 | #0.54 | wrong",
        "decimal | 0.1 | #0.10000000000000000001 | correct",
        "decimal | 1234.5 | #1,234.50 | correct",
        "decimal | 1/2 | #0.5 | correct",
        "decimal | 3.14159 | #3.1 | wrong",
        "decimal | 3.14159 | #3.1416 | wrong",
        "decimal | 3.14159 | #3.141594 | correct",
        "decimal | 3.14159 | #\\pi | correct",
        "decimal | 3.14 | #3.14159 | wrong",
        "decimal | 3.142 | #3.14159 | correct",
        "decimal | 0 | #0.0000001 | wrong",
        "decimal | 7 | #seven | wrong",
        "decimal | seven | #7 | error",
      })
  void judges(String answerType, String answer, String response, String outcome) {
    var verdict = verifier.verify(answer, answerType, response);
    assertEquals(
        Outcome.valueOf(outcome.toUpperCase(Locale.ROOT)), verdict.outcome(), verdict.detail());
  }

  @Test
  void detailSaysWhatTheResponseStatedAndWhatDecided() {
    assertEquals("final answer 8 (exact)", verifier.verify("7", "math", "\\boxed{8}").detail());
    assertEquals("no final answer", verifier.verify("7", "math", "8").detail());
    assertEquals(
        "final answer (1, 2) (not comparable)",
        verifier.verify("7", "math", "\\boxed{(1,\n2)}").detail());
    assertEquals(
        "the problem's answer '\\foo' cannot be read as math: the reference: command \\foo is not"
            + " known",
        verifier.verify("\\foo", "math", "#8").detail());
  }

  @Test
  void aFloodIsWrongInOneShortLine() {
    for (String flood :
        List.of("1".repeat(1_000_000), "{".repeat(500_000), "\\boxed".repeat(99_999))) {
      var verdict = verifier.verify("1", "math", "\\boxed{" + flood + "}");
      assertEquals(Outcome.WRONG, verdict.outcome());
      assertTrue(verdict.detail().length() < 500, verdict.detail());
    }
  }

  @Test
  void answerLinesBySetting() {
    var lines = new MathVerifier(AnswerConvention.of("answer_line"), 5);
    for (String right :
        List.of(
            "so\nAnswer: 12\nthat is it",
            "**Answer:** 12",
            "**Final Answer**: $12$",
            "The answer is 12.",
            "### Answer: 12",
            "Answer: 3\n\nAnswer: 12",
            "Final answer: \\boxed{12}",
            "\\boxed{12}")) {
      assertEquals(Outcome.CORRECT, lines.verify("12", "math", right).outcome(), right);
    }
    assertEquals(Outcome.WRONG, lines.verify("12", "math", "Answer: 12\nAnswer: 13").outcome());
  }

  @Test
  void aRunsOwnPatternFindsTheAnswer() {
    var own = AnswerConvention.of("(?i)answer:\\s*(.*?)\\s*<end>");
    var response = "\\boxed{1} Answer: 2 <end> no, answer: 3 <end>";
    assertEquals(Outcome.CORRECT, new MathVerifier(own, 5).verify("3", "math", response).outcome());
    assertEquals(Outcome.WRONG, new MathVerifier(own, 5).verify("3", "math", "#3").outcome());
    assertEquals(Outcome.CORRECT, new RuleVerifier(own).verify("3", "integer", response).outcome());
  }

  @Test
  void handlesItsAnswerTypesAlone() {
    assertTrue(verifier.handles("decimal"));
    assertTrue(verifier.handles("math"));
    assertTrue(verifier.handles("expression"));
    assertFalse(verifier.handles("integer"));
    assertFalse(verifier.handles("text"));
  }

  @ParameterizedTest(name = "{0} {1} votes for {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "math | \\boxed{\\dfrac{1}{2}} | \\frac{1}{2}",
        "math | \\boxed{\\frac12} #9 | \\frac{1}{2}",
        "math | \\boxed{0.50} | \\frac{1}{2}",
        "math | \\boxed{ 2.0 } | 2",
        "math | \\boxed{\\leftarrow  1} | \\leftarrow1",
        "decimal | #.50 | 0.5",
        "math | the answer is 7 | ",
      })
  void answersThatAreEqualVoteAlike(String type, String response, String expected) {
    assertEquals(Optional.ofNullable(expected), verifier.finalAnswer(type, response));
  }

  @Test
  void listsVoteAlikeInAnyOrder() {
    assertEquals(
        verifier.finalAnswer("math", "\\boxed{1, \\sqrt{8}}"),
        verifier.finalAnswer("math", "\\boxed{\\{2\\sqrt2, 1\\}}"));
  }
}
