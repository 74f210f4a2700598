package dev.mirrorspark.testgen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.testgen.ProgramAnswer.Failed;
import dev.mirrorspark.testgen.ProgramAnswer.Printed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Votes on an output, and how many are enough. */
class CaseAgreementTest {
  private static List<ProgramAnswer> printed(String... texts) {
    List<ProgramAnswer> answers = new ArrayList<>();
    for (String text : texts) {
      answers.add(text.equals("!") ? new Failed("time limit") : new Printed(text));
    }
    return answers;
  }

  private static void agree(String output, List<Integer> by, String... texts) {
    assertEquals(new CaseAgreement(output, by), CaseAgreement.of(printed(texts)));
  }

  @Test
  void theMostVotesWinAndTheEarlierOfTwo() {
    agree("1", List.of(0, 2, 3), "1", "2", "1", "1", "2");
    agree("2", List.of(1, 2), "1", "2", "2");
    agree("2", List.of(0, 3), "2", "1", "1", "2");
    agree("7", List.of(0), "7", "8", "9");
  }

  @Test
  void failuresVoteForNothingNotEvenForEachOther() {
    agree("1", List.of(1), "!", "1", "!", "!");
    agree("", List.of(), "!", "!");
    agree("", List.of());
  }

  @Test
  void outputsCompareAsTheSandboxComparesThem() {
    agree("1 2\n", List.of(0, 1, 3), "1 2\n", "1\n2", "12", " 1  2 ");
    // as numbers, 3 and 3.0 are right where the other is: the earlier one stands
    agree("3", List.of(0, 1), "3", "3.0");
    agree("0.3333333", List.of(0, 1, 2), "0.3333333", "0.33333333", "0.333333", "0.3334");
  }

  /** Each within the tolerance of the middle one, the ends not of each other. */
  @Test
  void theOutputThatMostAreCloseToIsTaken() {
    agree("1.0000008", List.of(0, 1, 2), "1.0", "1.0000008", "1.0000016");
  }

  @ParameterizedTest
  @CsvSource({
    "0.7, 10, 7",
    "0.7, 9, 7",
    "0.7, 8, 6",
    "0.7, 7, 5",
    "0.7, 5, 4",
    "0.7, 3, 3",
    "0.7, 2, 2",
    "0.9, 10, 9",
    "0.9, 9, 9",
    "0.9, 5, 5",
    "0.9, 20, 18",
    "1.0, 10, 10",
    "0.51, 100, 51",
    "0.55, 20, 11",
    "0.07, 100, 7",
  })
  void sharesAreOfTheSubmissionsThereAre(double share, int submissions, int needed) {
    var rule = new Thresholds(50, share, 40, share);
    assertEquals(needed, rule.agreeing(submissions));
    assertEquals(needed, rule.passing(submissions));
  }
}
