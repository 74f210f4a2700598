package dev.mirrorspark.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of servers as they write them: each in its own places. */
class EngineAnswerTest {
  private static EngineAnswer read(String choice) {
    String body = "{\"choices\":[" + choice.replace('\'', '"') + "]}";
    return EngineAnswer.read("http://host/v1", body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void idsAndLogprobsAreFoundWhereEachServerPutsThem() {
    for (String choice :
        new String[] {
          // vLLM with return_token_ids, as the first line of its answer has it
          "{'token_ids':[7,2],'finish_reason':'stop','logprobs':{'tokens':['a','b'],"
              + "'token_logprobs':[-0.5,-1.25]}}",
          // vLLM with return_tokens_as_token_ids
          "{'finish_reason':'stop','logprobs':{'tokens':['token_id:7','token_id:2'],"
              + "'token_logprobs':[-0.5,-1.25]}}",
          // llama.cpp
          "{'finish_reason':'stop','logprobs':{'content':[{'id':7,'token':'a','logprob':-0.5},"
              + "{'id':2,'token':'b','logprob':-1.25}]}}",
        }) {
      EngineAnswer answer = read(choice);
      assertArrayEquals(new int[] {7, 2}, answer.tokens(), choice);
      assertArrayEquals(new float[] {-0.5f, -1.25f}, answer.logprobs(), choice);
      assertEquals("stop", answer.finish());
    }
  }

  @Test
  void sglangGivesPairs() {
    String body =
        "{'text':'ab','meta_info':{'finish_reason':{'type':'length','length':2},"
            + "'output_token_logprobs':[[-0.5,7,null],[-1.25,2,null]]}}";
    EngineAnswer answer =
        EngineAnswer.read("s", body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    assertArrayEquals(new int[] {7, 2}, answer.tokens());
    assertArrayEquals(new float[] {-0.5f, -1.25f}, answer.logprobs());
    assertEquals("length", answer.finish());
    assertFalse(answer.whole(), "it does not say how many tokens it sampled");
  }

  @Test
  void itIsWholeWhereTheServerCountsAsManyTokens() {
    String body =
        "{'choices':[{'token_ids':[7,2],'finish_reason':'stop','logprobs':{'token_logprobs':[-1,-2]}}],"
            + "'usage':{'completion_tokens':%d}}";
    for (int counted : new int[] {2, 3}) {
      byte[] said = body.formatted(counted).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
      assertEquals(counted == 2, EngineAnswer.read("s", said).whole());
    }
  }

  /** llama.cpp gives probabilities where they are asked for after the samplers. */
  @Test
  void probabilitiesBecomeLogprobs() {
    EngineAnswer answer =
        read("{'finish_reason':'length','logprobs':{'content':[{'id':7,'prob':0.25}]}}");
    assertEquals(Math.log(0.25), answer.logprobs()[0], 1e-6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'text':'a','finish_reason':'stop'} | no token ids",
        "{'finish_reason':'stop','logprobs':{'tokens':['a'],'token_logprobs':[-1]}} | no token ids",
        "{'token_ids':[1,2],'finish_reason':'stop','logprobs':{'token_logprobs':[-1]}} | 1"
            + " log-probs for 2 tokens",
        "{'token_ids':[1],'finish_reason':'stop','logprobs':{'token_logprobs':[null]}} | log-prob"
            + " NaN",
        "{'token_ids':[1],'finish_reason':'stop','logprobs':{'token_logprobs':[0.5]}} | log-prob"
            + " 0.5",
        "{'token_ids':[1],'finish_reason':'abort','logprobs':{'token_logprobs':[-1]}} | abort",
      })
  void whatCannotTrainIsRefused(String choice, String named) {
    var fault = assertThrows(UserError.class, () -> read(choice.strip()));
    assertTrue(fault.getMessage().contains(named), fault.getMessage());
    assertTrue(fault.getMessage().startsWith("http://host/v1: "), fault.getMessage());
  }
}
