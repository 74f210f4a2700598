package dev.mirrorspark.rewardmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.decode.JsonVerdict;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TripleTest {
  private static final ResponseKey KEY = new ResponseKey("run", 0, "p", 1);

  @Test
  void onlyTheTemplatesOwnPlacesAreFilled() {
    var triple = new Triple(KEY, "what is {response}?", "$1\\", "{question} {0}");
    assertEquals(
        "Q what is {response}? A $1\\ R {question} {0} {x}",
        triple.in("Q {question} A {reference} R {response} {x}"));
  }

  @Test
  void anExampleCopiesBothAnswersAndEndsWithTheVerdict() {
    var right = new LabelledTriple(new Triple(KEY, "q", "7", "#7"), "integer", true, false);
    assertEquals(
        "right 7;stated #7;same;{\"correct\": true}",
        JudgeExamples.of(right, "{response}={reference}", Optional.of("7")).solution());
    var none = new LabelledTriple(new Triple(KEY, "q", "7", "a"), "integer", false, false);
    var example = JudgeExamples.of(none, "{response}={reference}", Optional.empty());
    assertEquals("a=7", example.text());
    assertEquals("right 7;stated none;different;{\"correct\": false}", example.solution());
    assertEquals(Optional.of(false), JsonVerdict.of(example.solution()).correct());
  }
}
