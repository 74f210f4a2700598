package dev.mirrorspark.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a client asks for; a field that is not known, or a value that would have to change the
 * sampling in a way that is not known, is refused by name.
 *
 * @param chat whether it is a conversation, whose messages a template frames
 * @param prompts the prompts, each as text or as token ids
 * @param n responses to each
 * @param temperature 0: greedy
 * @param maxTokens longest response; empty: as long as the policy's context allows
 * @param seed that the responses depend on; empty: one of the server's own
 * @param stop texts that end a response and are not part of its text
 * @param stopIds token ids that end a response, beside the policy's end tokens
 * @param logprobs whether the answer has the log-prob of each token
 * @param spelledIds whether the answer names tokens by their ids
 */
record CompletionRequest(
    boolean chat,
    List<Prompt> prompts,
    int n,
    double temperature,
    Optional<Integer> maxTokens,
    OptionalLong seed,
    List<String> stop,
    Set<Integer> stopIds,
    boolean logprobs,
    boolean spelledIds) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final int MOST_RESPONSES = 1024;

  /** A prompt: a text, token ids, or messages. */
  sealed interface Prompt {
    /** As a user writes it. */
    record Text(String text) implements Prompt {}

    /** As the model reads it. */
    record Ids(int[] ids) implements Prompt {}

    /** A conversation: role and content of each message. */
    record Messages(List<Map<String, String>> messages) implements Prompt {}
  }

  /** Fields that a request may have where they change nothing, and which values these are. */
  private static final Map<String, Predicate<JsonNode>> WITHOUT_EFFECT = new LinkedHashMap<>();

  static {
    Predicate<JsonNode> no = value -> value.isBoolean() && !value.booleanValue();
    Predicate<JsonNode> zero = value -> value.isNumber() && value.doubleValue() == 0;
    Predicate<JsonNode> one = value -> value.isNumber() && value.doubleValue() == 1;
    Predicate<JsonNode> any = value -> true;
    WITHOUT_EFFECT.put("stream", no);
    WITHOUT_EFFECT.put("echo", no);
    WITHOUT_EFFECT.put("top_p", one);
    WITHOUT_EFFECT.put("top_k", value -> value.isNumber() && value.doubleValue() <= 0);
    WITHOUT_EFFECT.put("min_p", zero);
    WITHOUT_EFFECT.put("presence_penalty", zero);
    WITHOUT_EFFECT.put("frequency_penalty", zero);
    WITHOUT_EFFECT.put("repetition_penalty", one);
    WITHOUT_EFFECT.put("repeat_penalty", one);
    WITHOUT_EFFECT.put("best_of", one);
    WITHOUT_EFFECT.put("top_logprobs", zero);
    WITHOUT_EFFECT.put("logit_bias", JsonNode::isEmpty);
    WITHOUT_EFFECT.put("post_sampling_probs", value -> value.isBoolean());
    WITHOUT_EFFECT.put("n_probs", value -> value.isInt() && value.intValue() <= 1);
    WITHOUT_EFFECT.put("samplers", value -> value.toString().equals("[\"temperature\"]"));
    for (String name :
        List.of("user", "skip_special_tokens", "return_tokens", "return_token_ids")) {
      WITHOUT_EFFECT.put(name, any);
    }
  }

  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "prompt",
          "messages",
          "n",
          "temperature",
          "max_tokens",
          "max_completion_tokens",
          "seed",
          "stop",
          "stop_token_ids",
          "logprobs",
          "return_tokens_as_token_ids");

  /**
   * Reads a request.
   *
   * @param model the one name that it may give
   * @throws UserError if it is not one that is known here; the message names the field
   */
  static CompletionRequest read(byte[] body, boolean chat, String model) {
    ObjectNode json = object(body);
    json.properties().forEach(field -> require(field.getKey(), field.getValue()));
    JsonNode named = json.path("model");
    if (!named.isMissingNode() && !named.isNull() && !model.equals(named.asText())) {
      throw fault("model", "%s is served here, not %s".formatted(model, named));
    }
    JsonNode logprobs = json.path("logprobs");
    boolean wanted = logprobs.isBoolean() ? logprobs.booleanValue() : logprobs.isNumber();
    if (logprobs.isNumber() && logprobs.doubleValue() > 1) {
      throw fault("logprobs", "0 or 1: the log-prob of the sampled token is known alone");
    }
    JsonNode most =
        json.path(
            chat && json.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens");
    double temperature = number(json, "temperature", 1);
    if (!(temperature >= 0 && temperature <= 100)) {
      throw fault("temperature", "a number from 0 to 100");
    }
    return new CompletionRequest(
        chat,
        chat ? List.of(messages(json.path("messages"))) : prompts(json.path("prompt")),
        whole(json.path("n"), "n", 1, MOST_RESPONSES),
        temperature,
        absent(most)
            ? Optional.empty()
            : Optional.of(whole(most, "max_tokens", 1, Integer.MAX_VALUE)),
        seed(json.path("seed")),
        stops(json.path("stop")),
        stopIds(json.path("stop_token_ids")),
        wanted,
        json.path("return_tokens_as_token_ids").asBoolean(false));
  }

  private static Set<Integer> stopIds(JsonNode given) {
    Set<Integer> ids = new HashSet<>();
    for (JsonNode id : given) {
      if (!id.isInt()) {
        throw fault("stop_token_ids", "a list of token ids");
      }
      ids.add(id.intValue());
    }
    if (!absent(given) && !given.isArray()) {
      throw fault("stop_token_ids", "a list of token ids");
    }
    return Set.copyOf(ids);
  }

  private static ObjectNode object(byte[] body) {
    try {
      if (JSON.readTree(body) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new UserError("the body is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UserError("the body is no JSON", e);
    }
    throw new UserError("the body must be a JSON object");
  }

  private static void require(String name, JsonNode value) {
    if (KNOWN.contains(name) || value.isNull()) {
      return;
    }
    Predicate<JsonNode> accepted = WITHOUT_EFFECT.get(name);
    if (accepted == null) {
      throw fault(name, "is not known here; leave it out");
    }
    if (!accepted.test(value)) {
      throw fault(name, value + " is not supported; leave it out");
    }
  }

  private static UserError fault(String field, String accepted) {
    return new UserError(field + ": " + accepted);
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static double number(JsonNode json, String name, double otherwise) {
    JsonNode value = json.path(name);
    if (absent(value)) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw fault(name, "a number");
    }
    return value.doubleValue();
  }

  private static int whole(JsonNode value, String name, int from, int to) {
    if (absent(value)) {
      return from;
    }
    if (!value.isIntegralNumber() || value.longValue() < from || value.longValue() > to) {
      throw fault(name, "a whole number from %d to %d".formatted(from, to));
    }
    return value.intValue();
  }

  private static OptionalLong seed(JsonNode value) {
    if (absent(value)) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw fault("seed", "a whole number of 64 bits");
    }
    return OptionalLong.of(value.longValue());
  }

  private static List<String> stops(JsonNode value) {
    List<String> stops = new ArrayList<>();
    if (value.isTextual()) {
      stops.add(value.textValue());
    } else if (!absent(value)) {
      value.forEach(text -> stops.add(text.isTextual() ? text.textValue() : ""));
    }
    if (stops.contains("") || stops.size() > 16 || !absent(value) && stops.isEmpty()) {
      throw fault("stop", "a text that is not empty, or a list of up to 16");
    }
    return stops;
  }

  private static List<Prompt> prompts(JsonNode value) {
    if (value.isTextual()) {
      return List.of(new Prompt.Text(value.textValue()));
    }
    if (value.isArray() && !value.isEmpty()) {
      if (value.get(0).isIntegralNumber()) {
        return List.of(ids(value));
      }
      List<Prompt> prompts = new ArrayList<>();
      value.forEach(
          prompt ->
              prompts.add(prompt.isTextual() ? new Prompt.Text(prompt.textValue()) : ids(prompt)));
      return prompts;
    }
    throw fault("prompt", "a text, a list of token ids, or a list of these");
  }

  private static Prompt.Ids ids(JsonNode list) {
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = list.get(i);
      if (!id.isInt() || id.intValue() < 0) {
        throw fault("prompt", id + " is no token id");
      }
      ids[i] = id.intValue();
    }
    if (ids.length == 0) {
      throw fault("prompt", "holds a prompt without a token");
    }
    return new Prompt.Ids(ids);
  }

  private static Prompt messages(JsonNode list) {
    List<Map<String, String>> messages = new ArrayList<>();
    for (JsonNode message : list) {
      boolean plain =
          message.path("role").isTextual()
              && message.path("content").isTextual()
              && message.size() == 2;
      if (!plain) {
        throw fault("messages", "a list of messages with role and content, both texts, alone");
      }
      var copy = new LinkedHashMap<String, String>();
      copy.put("role", message.get("role").textValue());
      copy.put("content", message.get("content").textValue());
      messages.add(copy);
    }
    if (messages.isEmpty()) {
      throw fault("messages", "at least one message");
    }
    return new Prompt.Messages(messages);
  }
}
