package dev.mirrorspark.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.eval.TwinAgreement.Evaluation;
import dev.mirrorspark.eval.TwinAgreement.Given;
import dev.mirrorspark.eval.TwinAgreement.Key;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TwinAgreementTest {
  private final Map<Key, Given> given = new HashMap<>();

  private void give(String id, int sample, String answer, boolean correct) {
    given.put(new Key(id, sample), new Given(answer, correct));
  }

  @Test
  void eachKindOfPairIsCountedOnce() {
    var evaluation = new Evaluation(3, "sampling", 1.0, 20, 2);
    give("p1", 0, "5", true); // both right
    give("t1", 0, "5", true);
    give("p1", 1, "4", false); // alike in error
    give("t1", 1, "4", false);
    give("p2", 0, "7", true); // the picture alone
    give("t2", 0, "8", false);
    give("p2", 1, "", false); // the text alone
    give("t2", 1, "7", true);
    give("p3", 0, "", false); // no answer is like none
    give("t3", 0, "", false);
    give("p3", 1, "1", false); // its twin was not judged
    give("p4", 0, "9.0", true); // two right answers are alike, however they are spelt
    give("t4", 0, "9", true);
    var twins = Map.of("p1", "t1", "p2", "t2", "p3", "t3", "p4", "t4", "p5", "t5");
    assertEquals(
        new TwinAgreement(evaluation, 6, 3, 2, 1, 1),
        TwinAgreement.count(evaluation, given, twins));
  }
}
