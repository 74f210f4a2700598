package dev.mirrorspark.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.decode.Decoded;
import dev.mirrorspark.decode.StopReason;
import dev.mirrorspark.model.TextTokenizer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * A request's answer in OpenAI's form; beside it the token ids of prompt and response, {@code
 * prompt_token_ids} and {@code token_ids}, as vLLM names them.
 *
 * @param model the name of what is served
 * @param request what was asked for
 */
record CompletionAnswer(String model, TextTokenizer tokenizer, CompletionRequest request) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A response, cut before the first text that ends it.
   *
   * @param reason {@code stop} also where such a text came
   */
  record Choice(int[] prompt, int[] tokens, float[] logprobs, String text, StopReason reason) {}

  /** What a decoded response is in the answer. */
  Choice choice(Decoded decoded) {
    int[] prompt = decoded.request().promptTokens();
    String text = tokenizer.decode(decoded.tokens(), true);
    int at = first(text);
    if (at < 0) {
      return new Choice(prompt, decoded.tokens(), decoded.logprobs(), text, decoded.stopReason());
    }
    int kept = tokensUpTo(decoded.tokens());
    return new Choice(
        prompt,
        Arrays.copyOf(decoded.tokens(), kept),
        Arrays.copyOf(decoded.logprobs(), kept),
        text.substring(0, at),
        StopReason.STOP);
  }

  /** Where the first of the texts that end a response begins; below 0: nowhere. */
  private int first(String text) {
    return request.stop().stream().mapToInt(text::indexOf).filter(i -> i >= 0).min().orElse(-1);
  }

  /** The fewest tokens whose text holds a text that ends the response: by halving. */
  private int tokensUpTo(int[] tokens) {
    int without = 0;
    int with = tokens.length;
    while (with - without > 1) {
      int middle = (without + with) / 2;
      boolean holds = first(tokenizer.decode(Arrays.copyOf(tokens, middle), true)) >= 0;
      with = holds ? middle : with;
      without = holds ? without : middle;
    }
    return with;
  }

  /** The answer. */
  ObjectNode json(String id, List<Choice> choices) {
    String object = request.chat() ? "chat.completion" : "text_completion";
    var json =
        JSON.createObjectNode()
            .put("id", id)
            .put("object", object)
            .put("created", Instant.now().getEpochSecond())
            .put("model", model);
    ArrayNode list = json.putArray("choices");
    long prompts = 0;
    long sampled = 0;
    for (int i = 0; i < choices.size(); i++) {
      Choice choice = choices.get(i);
      put(list.addObject(), i, choice);
      prompts += i % request.n() == 0 ? choice.prompt().length : 0;
      sampled += choice.tokens().length;
    }
    json.putObject("usage")
        .put("prompt_tokens", prompts)
        .put("completion_tokens", sampled)
        .put("total_tokens", prompts + sampled);
    return json;
  }

  private void put(ObjectNode json, int index, Choice choice) {
    json.put("index", index);
    if (request.chat()) {
      json.putObject("message").put("role", "assistant").put("content", choice.text());
    } else {
      json.put("text", choice.text());
    }
    json.put("finish_reason", choice.reason() == StopReason.STOP ? "stop" : "length");
    put(json.putArray("prompt_token_ids"), choice.prompt());
    put(json.putArray("token_ids"), choice.tokens());
    if (!request.logprobs()) {
      json.putNull("logprobs");
    } else if (request.chat()) {
      content(json.putObject("logprobs").putArray("content"), choice);
    } else {
      var logprobs = json.putObject("logprobs");
      var tokens = logprobs.putArray("tokens");
      Arrays.stream(choice.tokens()).forEach(token -> tokens.add(name(token)));
      var values = logprobs.putArray("token_logprobs");
      for (float value : choice.logprobs()) {
        values.add(value);
      }
      logprobs.putNull("top_logprobs");
    }
  }

  private void content(ArrayNode content, Choice choice) {
    for (int i = 0; i < choice.tokens().length; i++) {
      String name = name(choice.tokens()[i]);
      var token =
          content
              .addObject()
              .put("id", choice.tokens()[i])
              .put("token", name)
              .put("logprob", choice.logprobs()[i]);
      var bytes = token.putArray("bytes");
      for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
        bytes.add(b & 0xff);
      }
      token.putArray("top_logprobs");
    }
  }

  private String name(int token) {
    return request.spelledIds() ? "token_id:" + token : tokenizer.decode(new int[] {token}, false);
  }

  private static void put(ArrayNode list, int[] ids) {
    Arrays.stream(ids).forEach(list::add);
  }
}
