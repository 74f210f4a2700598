package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerifiersTest {

  @Test
  void theFirstThatHandlesATypeJudges() {
    var verifiers =
        new Verifiers(List.of(new Faulty("throws"), new RuleVerifier(AnswerConvention.USUAL)));
    assertEquals("rule", verifiers.judge("7", "integer", "#7", true).verifier());
    assertEquals("faulty", verifiers.judge("7", "throws", "#7", true).verifier());
  }

  @Test
  void usersVerifiersGoBeforeTheBuiltInOnes() {
    var judged = Verifiers.load().judge("7", "throws", "#7", true);
    assertEquals("faulty", judged.verifier());
    assertEquals("rule", Verifiers.load().judge("7", "integer", "#7", true).verifier());
    assertEquals("operators", Verifiers.load().judge("1 1=2", "operators", "#+", true).verifier());
  }

  @Test
  void aTaskGetsTheVerifiersOfItsProcess() throws Exception {
    var bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(Verifiers.load());
    var read = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    assertEquals("rule", ((Verifiers) read).judge("7", "integer", "#7", true).verifier());
  }

  @Test
  void whateverAVerifierThrowsIsAnError() {
    for (var type : List.of("throws", "overflows", "returns null", "lacks a class")) {
      var judged = new Verifiers(List.of(new Faulty(type))).judge("7", type, "#7", true);
      assertEquals(Outcome.ERROR, judged.verdict().outcome(), type);
      assertTrue(judged.verdict().detail().startsWith("java."), judged.verdict().detail());
    }
  }

  @Test
  void anAnswerTypeWithoutVerifierIsAnError() {
    var judged = Verifiers.load().judge("7", "haiku", "#7", true);
    assertEquals(Outcome.ERROR, judged.verdict().outcome());
    assertEquals("no verifier for answer type haiku", judged.verdict().detail());
    assertEquals("none", judged.verifier());
    assertEquals(
        Outcome.ERROR, Verifiers.load().judge("7", "haiku", "#7", false).verdict().outcome());
  }

  @Test
  void aResponseThatWasEndedAsRepeatingIsWrongWhateverItHolds() {
    var verdict = Verifiers.load().judge("7", "integer", "#7", StopReason.REPEAT).verdict();
    assertEquals(Verdict.of(false, "no final answer: ended as repeating"), verdict);
  }

  @Test
  void aResponseThatWasCutIsWrongWhateverItHolds() {
    var judged = Verifiers.load().judge("7", "integer", "#7", false);
    assertEquals(Outcome.WRONG, judged.verdict().outcome());
    assertEquals("no final answer: cut by length", judged.verdict().detail());
  }

  @Test
  void aFinalAnswerIsWhatTheVerifierOfTheTypeReads() {
    var verifiers = Verifiers.load();
    assertEquals(Optional.of("7"), verifiers.finalAnswer("integer", "#7.0", true));
    assertEquals(Optional.of("+-"), verifiers.finalAnswer("operators", "#+-", true));
    assertEquals(Optional.empty(), verifiers.finalAnswer("integer", "#7.0", false));
    assertEquals(Optional.empty(), verifiers.finalAnswer("haiku", "#7", true));
    // a user's verifier that says nothing else
    assertEquals(Optional.of("7.0"), verifiers.finalAnswer("throws", "#7.0", true));
  }
}
