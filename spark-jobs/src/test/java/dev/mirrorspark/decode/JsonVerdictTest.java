package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonVerdictTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"correct\": true}",
        "ref 7;ans 7;same {\"correct\": true}",
        "{\"correct\":true} and that is my verdict.",
        "```json\n{\"correct\": true}\n```",
        "{'correct': true}",
        "{correct: true,}",
        "{\"reason\": \"both say {7}\", \"correct\": true,}",
        "{\"Correct\": True}",
        "The set {1, 2} is it, f{x} too. {\"correct\": true // sure\n}",
        "{\"correct\": false} wait, no: {\"correct\": true}",
        "{\"correct\": true} since {1,2} = {2,1}",
        "{\"steps\": [{\"correct\": false}], \"correct\": true}",
        "{\"correct\": true, \"correct\": true}",
        "it's {\"a\nb\": 'It\\'s', 'correct' : true }",
      })
  void forgives(String reply) {
    assertEquals(new JsonVerdict(Optional.of(true), ""), JsonVerdict.of(reply));
    String opposite =
        reply
            .replace("false", "maybe")
            .replaceAll("true", "false")
            .replace("True", "False")
            .replace("maybe", "true");
    assertEquals(new JsonVerdict(Optional.of(false), ""), JsonVerdict.of(opposite));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "correct: true",
        "true",
        "[true]",
        "{}",
        "{\"verdict\": true}",
        "{\"verdict\": {\"correct\": true}}",
        "{\"correct\": \"true\"}",
        "{\"correct\": 1}",
        "{\"correct\": null}",
        "{\"correct\": [true]}",
        "{\"correct\": true, \"correct\": false}",
        "{\"correct\": true, \"Correct\": false}",
        "{\"correct\": true",
        "{\"correct\": tru",
        "{\"correct\": true or false}",
        "{\"correct\": true} no, {\"correct\": fal",
        "{\"correct\": true} no, {\"corr",
        "{\"correct\": true} {\"note\": 1}",
        "{\"correct\": maybe}",
      })
  void refuses(String reply) {
    JsonVerdict verdict = JsonVerdict.of(reply);
    assertEquals(Optional.empty(), verdict.correct());
    assertFalse(verdict.refused().isEmpty());
  }

  @Test
  void hostileRepliesEndSoon() {
    long start = System.nanoTime();
    assertEquals(Optional.empty(), JsonVerdict.of("{\"a\":".repeat(100_000)).correct());
    assertEquals(Optional.empty(), JsonVerdict.of("{".repeat(1_000_000)).correct());
    var late = "{".repeat(1_000_000) + "{\"correct\": true}";
    assertEquals(Optional.of(true), JsonVerdict.of(late).correct());
    assertEquals(true, System.nanoTime() - start < 5_000_000_000L);
  }
}
