package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.reward.Verdict.Cause;
import dev.mirrorspark.reward.Verdict.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerifiersTest {
  private static final RunConfig CONFIG = RunFile.parse("", List.of());

  @Test
  void theFirstThatHandlesATypeJudges() {
    var verifiers =
        Verifiers.of(
            CONFIG,
            List.of(() -> new Faulty("throws"), () -> new RuleVerifier(AnswerConvention.USUAL)));
    assertEquals("rule", judge(verifiers, "7", "integer", "#7").verifier());
    assertEquals("faulty", judge(verifiers, "7", "throws", "#7").verifier());
  }

  @Test
  void usersVerifiersGoBeforeTheBuiltInOnes() {
    var verifiers = Verifiers.load(CONFIG);
    assertEquals("faulty", judge(verifiers, "7", "throws", "#7").verifier());
    assertEquals("rule", judge(verifiers, "7", "integer", "#7").verifier());
    assertEquals("operators", judge(verifiers, "1 1=2", "operators", "#+").verifier());
  }

  @Test
  void aTaskGetsTheVerifiersOfItsProcess() throws Exception {
    var bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(Verifiers.load(CONFIG));
    var read = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    assertEquals("rule", judge((Verifiers) read, "7", "integer", "#7").verifier());
  }

  @Test
  void whateverAVerifierThrowsIsAnError() {
    for (var type : List.of("throws", "overflows", "returns null", "lacks a class", "asserts")) {
      var verifiers = Verifiers.of(CONFIG, List.of(() -> new Faulty(type)));
      var judged = judge(verifiers, "7", type, "#7");
      assertEquals(Outcome.ERROR, judged.verdict().outcome(), type);
      assertEquals(Optional.of(Cause.EXCEPTION), judged.verdict().cause());
      assertTrue(judged.verdict().detail().startsWith("java."), judged.verdict().detail());
      assertEquals(1, judged.verdict().detail().lines().count());
    }
  }

  @Test
  void anAnswerTypeWithoutVerifierIsAnError() {
    var judged = judge(Verifiers.load(CONFIG), "7", "haiku", "#7");
    assertEquals(Outcome.ERROR, judged.verdict().outcome());
    assertEquals("no verifier for answer type haiku", judged.verdict().detail());
    assertEquals(Optional.of(Cause.NO_VERIFIER), judged.verdict().cause());
    assertEquals("none", judged.verifier());
    assertEquals(Outcome.ERROR, ended("7", "haiku", "#7", StopReason.LENGTH).verdict().outcome());
  }

  @Test
  void aResponseThatWasEndedAsRepeatingIsWrongWhateverItHolds() {
    var verdict = ended("7", "integer", "#7", StopReason.REPEAT).verdict();
    assertEquals(Verdict.of(false, "no final answer: ended as repeating"), verdict);
  }

  @Test
  void aResponseThatWasCutIsWrongWhateverItHolds() {
    var judged = ended("7", "integer", "#7", StopReason.LENGTH);
    assertEquals(Outcome.WRONG, judged.verdict().outcome());
    assertEquals("no final answer: cut by length", judged.verdict().detail());
  }

  @Test
  void aFinalAnswerIsWhatTheVerifierOfTheTypeReads() {
    assertEquals(Optional.of("7"), answer("integer", "#7.0", StopReason.STOP));
    assertEquals(Optional.of("+-"), answer("operators", "#+-", StopReason.STOP));
    assertEquals(Optional.empty(), answer("integer", "#7.0", StopReason.LENGTH));
    assertEquals(Optional.empty(), answer("haiku", "#7", StopReason.STOP));
    // a user's verifier that says nothing else has no final answer where it gives no verdict
    assertEquals(Optional.empty(), answer("throws", "#7.0", StopReason.STOP));
  }

  @Test
  void judgementsComeInTheOrderOfTheResponses() {
    List<Attempt> attempts =
        List.of(
            Attempts.of("1 1=2", "operators", "#+"),
            Attempts.of("7", "integer", "#7"),
            Attempts.of("7", "haiku", "#7"),
            Attempts.of("d", "7", "integer", "#7", StopReason.LENGTH),
            Attempts.of("7", "integer", "#8"),
            Attempts.of("7", "throws", "#7"));
    var judged = Verifiers.load(CONFIG).judge(attempts);
    assertEquals(
        List.of("operators", "rule", "none", "rule", "rule", "faulty"),
        judged.stream().map(Judged::verifier).toList());
    assertEquals(
        List.of("correct", "correct", "error", "wrong", "wrong", "error"),
        judged.stream().map(one -> one.verdict().outcome().label()).toList());
    assertEquals(List.of(), Verifiers.load(CONFIG).judge(List.of()));
  }

  private static Judged judge(Verifiers verifiers, String answer, String type, String response) {
    return verifiers.judge(List.of(Attempts.of(answer, type, response))).get(0);
  }

  private static Judged ended(String answer, String type, String response, StopReason why) {
    var attempt = Attempts.of("d", answer, type, response, why);
    return Verifiers.load(CONFIG).judge(List.of(attempt)).get(0);
  }

  private static Optional<String> answer(String type, String response, StopReason why) {
    var attempt = Attempts.of("d", "7", type, response, why);
    return Verifiers.load(CONFIG).judgeWithAnswers(List.of(attempt)).get(0).answer();
  }
}
