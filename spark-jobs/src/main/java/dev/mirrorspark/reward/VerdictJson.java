package dev.mirrorspark.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mirrorspark.decode.Attempt;
import dev.mirrorspark.reward.Verdict.Cause;
import dev.mirrorspark.reward.Verdict.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What is sent to an endpoint and what it replies. */
final class VerdictJson {
  private static final int LONGEST_DETAIL = 500;
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private VerdictJson() {}

  /** The request on a response. */
  static byte[] request(Attempt attempt) {
    var reference = attempt.reference();
    var json =
        JSON.createObjectNode()
            .put("prompt_id", reference.promptId())
            .put("sample", attempt.sample())
            .put("domain", reference.domain())
            .put("problem", reference.problem())
            .put("answer", reference.answer())
            .put("answer_type", reference.answerType())
            .put("response", wellFormed(attempt.response()));
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A text without halves of characters, which no JSON can hold. */
  static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** The verdict of a reply, or an error that says what is wrong with it. */
  static Verdict verdict(byte[] reply) {
    JsonNode json;
    try {
      json = JSON.readTree(reply);
    } catch (IOException e) {
      return bad("the reply is no JSON");
    }
    if (!json.isObject()) {
      return bad("the reply is no JSON object");
    }
    JsonNode said = json.path("verdict");
    String detail = oneLine(json.path("detail").asText(""));
    for (Outcome outcome : Outcome.values()) {
      if (said.isTextual() && said.textValue().equals(outcome.label())) {
        return outcome == Outcome.ERROR
            ? Verdict.error("the endpoint says: " + detail)
            : judged(outcome == Outcome.CORRECT, json.path("score"), detail);
      }
    }
    return bad("the reply's verdict is not correct, wrong or error");
  }

  private static Verdict judged(boolean correct, JsonNode score, String detail) {
    if (score.isMissingNode() || score.isNull()) {
      return Verdict.of(correct, detail);
    }
    return score.isNumber() && score.doubleValue() >= 0 && score.doubleValue() <= 1
        ? Verdict.scored(correct, score.doubleValue(), detail)
        : bad("the reply's score is no number from 0 to 1");
  }

  private static Verdict bad(String detail) {
    return Verdict.error(Cause.BAD_REPLY, detail);
  }

  private static String oneLine(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= LONGEST_DETAIL ? line : line.substring(0, LONGEST_DETAIL) + "…";
  }
}
