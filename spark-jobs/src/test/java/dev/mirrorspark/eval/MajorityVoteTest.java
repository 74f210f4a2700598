package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.eval.MajorityVote.Vote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MajorityVoteTest {
  private static final Vote RIGHT = new Vote("7", true);
  private static final Vote NONE = new Vote("", false);

  @Test
  void tiesShareTheWin() {
    // two of 7, one of 8: a pair is 7 7 once and a tie twice
    var votes = List.of(RIGHT, wrong("8"), RIGHT);
    assertArrayEquals(new double[] {2 / 3., 2 / 3., 1}, of(votes, 1, 2, 3), 1e-15);
  }

  @Test
  void threeAnswersThatTieHaveAThirdEach() {
    assertArrayEquals(new double[] {1 / 3.}, of(List.of(RIGHT, wrong("8"), wrong("9")), 3), 1e-15);
  }

  @Test
  void aResponseWithoutAnswerTakesAPlaceAndVotesForNothing() {
    // pairs: 7 and none wins, none and 8 loses, 7 and 8 ties
    var votes = List.of(RIGHT, NONE, wrong("8"));
    assertArrayEquals(new double[] {1 / 3., 0.5, 0.5}, of(votes, 1, 2, 3), 1e-15);
    assertArrayEquals(new double[] {0, 0}, of(List.of(NONE, NONE), 1, 2));
    assertArrayEquals(new double[] {1}, of(List.of(NONE, NONE, NONE, RIGHT), 4));
  }

  @Test
  void theMajorityMayBeWrongWhereSomeAreRight() {
    var votes = List.of(wrong("8"), wrong("8"), wrong("8"), RIGHT);
    assertArrayEquals(new double[] {0.25, 0.25, 0}, of(votes, 1, 2, 4), 1e-15);
  }

  @Test
  void anAnswerThatWasJudgedBothWaysCountsByItsShare() {
    assertArrayEquals(new double[] {0.5, 0.5}, of(List.of(RIGHT, wrong("7")), 1, 2));
  }

  @Test
  void noResponseHasNoFigures() {
    assertArrayEquals(new double[] {}, of(List.of()));
  }

  @Test
  void equalsTheMeanOverAllSubsets() {
    var random = new Random(1);
    for (int round = 0; round < 20; round++) {
      int n = 4 + random.nextInt(7);
      List<Vote> votes = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        int answer = random.nextInt(5);
        // two different answers are right, as for problems with several solutions
        votes.add(answer == 0 ? NONE : new Vote("a" + answer, answer <= 2));
      }
      int[] tries = IntStream.rangeClosed(1, n).toArray();
      assertArrayEquals(enumerated(votes), of(votes, tries), 1e-12, votes.toString());
    }
  }

  @Test
  void beyondTheLimitSubsetsAreDrawnTheSameEachTime() {
    List<Vote> votes = new ArrayList<>();
    IntStream.range(0, 200).forEach(i -> votes.add(i % 5 < 3 ? RIGHT : wrong("8")));
    double[] drawn = of(votes, 1, 2, 128, 200);
    assertEquals(0.6, drawn[0], 0.05);
    assertEquals(0.6, drawn[1], 0.05);
    assertEquals(1, drawn[2], 0.01);
    assertEquals(1, drawn[3], 1e-9);
    assertArrayEquals(drawn, of(votes, 1, 2, 128, 200), 0);
    List<Vote> few = votes.subList(0, 125);
    assertEquals(of(few, 16)[0], of(votes, 16)[0], 0.05);
  }

  /** maj@k for k = 1 … n by counting in each subset. */
  private static double[] enumerated(List<Vote> votes) {
    int n = votes.size();
    double[] sums = new double[n];
    int[] subsets = new int[n];
    for (int subset = 1; subset < 1 << n; subset++) {
      Map<String, Integer> counts = new HashMap<>();
      Map<String, Boolean> right = new HashMap<>();
      for (int i = 0; i < n; i++) {
        if ((subset >> i & 1) == 1 && !votes.get(i).answer().isEmpty()) {
          counts.merge(votes.get(i).answer(), 1, Integer::sum);
          right.put(votes.get(i).answer(), votes.get(i).correct());
        }
      }
      int most = counts.values().stream().mapToInt(count -> count).max().orElse(0);
      var tied = counts.keySet().stream().filter(answer -> counts.get(answer) == most).toList();
      int k = Integer.bitCount(subset);
      subsets[k - 1]++;
      if (!tied.isEmpty()) {
        sums[k - 1] += tied.stream().filter(right::get).count() / (double) tied.size();
      }
    }
    return IntStream.range(0, n).mapToDouble(i -> sums[i] / subsets[i]).toArray();
  }

  private static double[] of(List<Vote> votes, int... tries) {
    return MajorityVote.of(votes, tries);
  }

  private static Vote wrong(String answer) {
    return new Vote(answer, false);
  }
}
