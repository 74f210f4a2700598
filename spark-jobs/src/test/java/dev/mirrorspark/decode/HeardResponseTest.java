package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where a response ends, as the answers of servers give it. */
class HeardResponseTest {
  private static HeardResponse of(int limit) {
    var request = new DecodeRequest("p", 0, new int[] {5, 6}, 1);
    return new HeardResponse(
        "http://host/v1", request, new Sampling(1, 10), limit, StopReason.LENGTH, Set.of(2), 20);
  }

  private static EngineAnswer answer(String finish, int counted, int... tokens) {
    float[] logprobs = new float[tokens.length];
    for (int i = 0; i < logprobs.length; i++) {
      logprobs[i] = -tokens[i];
    }
    return new EngineAnswer(tokens, logprobs, finish, counted);
  }

  /** llama.cpp takes further tokens for an end by their names. */
  @Test
  void aTokenThatEndsTheServersAnswerAloneIsGoneOnFrom() {
    var heard = of(6);
    heard.take(answer("stop", 2, 7, 9));
    assertEquals(Optional.empty(), heard.reason());
    assertArrayEquals(new int[] {5, 6, 7, 9}, heard.context());
    assertEquals(4, heard.left());
    heard.take(answer("stop", 2, 8, 2));
    var decoded = heard.decoded(1);
    assertEquals(StopReason.STOP, decoded.stopReason());
    assertArrayEquals(new int[] {7, 9, 8, 2}, decoded.tokens());
    assertArrayEquals(new float[] {-7, -9, -8, -2}, decoded.logprobs());
  }

  @Test
  void itEndsAtTheLimitOverAllAnswers() {
    var heard = of(3);
    heard.take(answer("stop", 2, 7, 9));
    heard.take(answer("length", 1, 11));
    assertEquals(StopReason.LENGTH, heard.decoded(1).stopReason());
    assertEquals(3, heard.length());
  }

  @Test
  void whatIsBehindAnEndTokenIsLeftOut() {
    var heard = of(6);
    heard.take(answer("length", 4, 7, 2, 8, 9));
    assertArrayEquals(new int[] {7, 2}, heard.decoded(1).tokens());
  }

  @Test
  void anAnswerThatLeavesItsLastTokenOutIsRefused() {
    for (var answer :
        new EngineAnswer[] {
          answer("stop", 3, 7, 9), answer("stop", -1, 7, 9), answer("length", 2, 7, 9)
        }) {
      var fault = assertThrows(UserError.class, () -> of(6).take(answer));
      assertTrue(fault.getMessage().startsWith("http://host/v1: "), fault.getMessage());
    }
  }

  @Test
  void aTokenThatThePolicyHasNotIsRefused() {
    var fault = assertThrows(UserError.class, () -> of(6).take(answer("length", 1, 20)));
    assertTrue(fault.getMessage().contains("token 20"), fault.getMessage());
  }
}
