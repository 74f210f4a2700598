package dev.mirrorspark.long2short;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.long2short.Candidate.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Hand-made tables: a response is written {@code c20}: correct, 20 tokens; w, e, u: cut. */
class PairRuleTest {
  private static final PairRule RULE = new PairRule(1.5, 0, 1);

  private static List<Candidate> table(String... responses) {
    List<Candidate> all = new ArrayList<>();
    for (String one : responses) {
      char kind = one.charAt(0);
      Verdict verdict = kind == 'w' ? Verdict.WRONG : kind == 'e' ? Verdict.ERROR : Verdict.CORRECT;
      int tokens = Integer.parseInt(one.substring(1));
      all.add(new Candidate("p", all.size(), tokens, verdict, kind != 'u'));
    }
    return all;
  }

  /** The pairs as {@code chosen>rejected rule}. */
  private static List<String> pairs(PairRule rule, String... responses) {
    return rule.pairs(table(responses)).stream()
        .map(
            pair ->
                "%d>%d %s"
                    .formatted(
                        pair.chosen().sample(), pair.rejected().sample(), pair.reason().text()))
        .toList();
  }

  @Test
  void withoutACorrectResponseThereIsNone() {
    assertEquals(List.of(), pairs(RULE, "w10", "w20", "e30"));
    assertEquals(List.of(), pairs(RULE));
  }

  @Test
  void oneCorrectResponseIsPreferredToLongerWrongOnes() {
    assertEquals(
        List.of("1>0 longer_wrong", "1>4 longer_wrong"),
        pairs(RULE, "w21", "c20", "w19", "w20", "w90", "e90"));
  }

  @Test
  void correctOnesOfEqualLengthMakeNone() {
    assertEquals(List.of(), pairs(RULE, "c20", "c20", "c20"));
    assertEquals(List.of(), pairs(new PairRule(1, 0, 1), "c20", "c20"));
  }

  @Test
  void exactlyOneAndAHalfTimesAsLongIsEnough() {
    assertEquals(List.of("1>2 longer_correct"), pairs(RULE, "c29", "c20", "c30"));
    assertEquals(List.of("0>2 longer_correct"), pairs(RULE, "c15", "c22", "c23"));
  }

  @Test
  void theChosenOneHasComeToItsEnd() {
    assertEquals(
        List.of("1>2 longer_wrong", "1>3 longer_correct"), pairs(RULE, "u10", "c12", "w40", "u40"));
    assertEquals(List.of(), pairs(RULE, "u10", "w40"));
  }

  @Test
  void theMostPairsAreTakenInTheOrderOfTheSeed() {
    String[] responses = {"c10", "w20", "w30", "w40", "w50", "w60"};
    Set<List<String>> seen = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      var two = pairs(new PairRule(1.5, 2, seed), responses);
      assertEquals(two, pairs(new PairRule(1.5, 2, seed), responses));
      assertEquals(2, two.size());
      seen.add(two);
    }
    assertTrue(seen.size() > 3, seen.toString());
  }

  @Test
  void tiesOfTheShortestGoByTheSeed() {
    Set<Integer> chosen = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      Candidate one = Candidate.shortest(table("c9", "w2", "c9", "c10"), seed).orElseThrow();
      assertEquals(9, one.tokens());
      chosen.add(one.sample());
    }
    assertEquals(Set.of(0, 2), chosen);
    assertEquals(Optional.empty(), Candidate.shortest(table("w1", "e2", "u3"), 1));
  }

  @Test
  void theBestTradeOffIsTheShortestWithinTheTolerance() {
    var all =
        List.of(
            new TradeOff("long", 0.90, 180),
            new TradeOff("a", 0.885, 90),
            new TradeOff("b", 0.88, 80),
            new TradeOff("c", 0.879, 20));
    assertEquals("b", TradeOff.best(all, 0.02).name());
    assertEquals("long", TradeOff.best(all, 0).name());
    assertEquals("c", TradeOff.best(all, 0.5).name());
    assertEquals(50, all.get(0).efficiency(), 1e-9);
  }
}
