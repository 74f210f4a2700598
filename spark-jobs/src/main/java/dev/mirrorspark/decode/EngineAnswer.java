package dev.mirrorspark.decode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a server with OpenAI's interface is asked for one response, and what it answers: {@code POST
 * /v1/completions} with the prompt as token ids.
 *
 * <p>Ids and log-probs stand in different places: vLLM gives {@code token_ids} and {@code
 * logprobs.token_logprobs}, or tokens that are spelled {@code token_id:7}; llama.cpp gives {@code
 * logprobs.content} with an {@code id} and a {@code logprob} each. Fields that a server does not
 * know it leaves alone. All that would change the distribution beside the temperature is sent as
 * off: servers take defaults from a model's folder, or have their own.
 *
 * @param tokens token ids of the response
 * @param logprobs log-prob of each, nats
 * @param finish why it ended: {@code stop} or {@code length}
 * @param counted tokens that the server says it sampled; below 0: it does not say
 */
record EngineAnswer(int[] tokens, float[] logprobs, String finish, int counted) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SPELLED = "token_id:";

  /**
   * The body of a request.
   *
   * @param limit most tokens of the response
   * @param processed whether the log-probs are to be those of the sampling temperature
   */
  static byte[] request(
      String model,
      int[] prompt,
      int limit,
      double temperature,
      long seed,
      Set<Integer> ends,
      boolean processed) {
    var json =
        JSON.createObjectNode()
            .put("model", model)
            .put("max_tokens", limit)
            .put("temperature", temperature)
            .put("top_p", 1.0)
            .put("top_k", -1)
            .put("min_p", 0.0)
            .put("repetition_penalty", 1.0)
            .put("presence_penalty", 0.0)
            .put("frequency_penalty", 0.0)
            .put("seed", seed & Integer.MAX_VALUE)
            .put("n", 1)
            .put("stream", false)
            .put("logprobs", 1)
            .put("skip_special_tokens", false);
    json.put("return_token_ids", true); // vLLM
    json.put("return_tokens_as_token_ids", true);
    json.put("n_probs", 1).put("return_tokens", true); // llama.cpp
    json.put("repeat_penalty", 1.0).put("post_sampling_probs", processed);
    json.putArray("samplers").add("temperature");
    var ids = json.putArray("prompt");
    Arrays.stream(prompt).forEach(ids::add);
    var stops = json.putArray("stop_token_ids");
    ends.stream().sorted().forEach(stops::add);
    return bytes(json);
  }

  /** The body of a request to SGLang's own {@code POST /generate}; see {@link #request}. */
  static byte[] sglangRequest(
      int[] prompt, int limit, double temperature, long seed, Set<Integer> ends) {
    var json = JSON.createObjectNode().put("return_logprob", true).put("stream", false);
    var ids = json.putArray("input_ids");
    Arrays.stream(prompt).forEach(ids::add);
    var sampling =
        json.putObject("sampling_params")
            .put("temperature", temperature)
            .put("max_new_tokens", limit)
            .put("top_p", 1.0)
            .put("top_k", -1)
            .put("min_p", 0.0)
            .put("sampling_seed", seed & Integer.MAX_VALUE)
            .put("skip_special_tokens", false);
    var stops = sampling.putArray("stop_token_ids");
    ends.stream().sorted().forEach(stops::add);
    return bytes(json);
  }

  private static byte[] bytes(JsonNode json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Reads an answer.
   *
   * @param server its name, for messages
   * @throws UserError if it has no token ids, not a log-prob for each, or ended in another way
   */
  static EngineAnswer read(String server, byte[] body) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (IOException e) {
      throw fault(server, "is no JSON", "see what serves there");
    }
    if (root.has("meta_info")) {
      return ofSglang(server, root.path("meta_info"));
    }
    JsonNode choice = root.at("/choices/0");
    if (choice.isMissingNode()) {
      throw fault(server, "has no choices", "name a server with OpenAI's interface");
    }
    JsonNode logprobs = choice.path("logprobs");
    int[] tokens = tokens(server, choice, logprobs);
    String finish = choice.path("finish_reason").asText("");
    int counted = root.at("/usage/completion_tokens").asInt(-1);
    return checked(server, new EngineAnswer(tokens, logprobs(logprobs), finish, counted));
  }

  /** Whether the token at which it stopped is among its tokens. */
  boolean whole() {
    return tokens.length > 0 && counted == tokens.length;
  }

  /** SGLang: log-prob and id of each token in {@code meta_info.output_token_logprobs}. */
  private static EngineAnswer ofSglang(String server, JsonNode info) {
    JsonNode pairs = info.path("output_token_logprobs");
    int[] tokens = new int[pairs.size()];
    float[] values = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      values[i] = (float) pairs.get(i).path(0).asDouble(Double.NaN);
      tokens[i] = pairs.get(i).path(1).asInt(-1);
    }
    String finish = info.at("/finish_reason/type").asText("");
    int counted = info.path("completion_tokens").asInt(-1);
    return checked(server, new EngineAnswer(tokens, values, finish, counted));
  }

  private static EngineAnswer checked(String server, EngineAnswer answer) {
    int[] tokens = answer.tokens();
    float[] values = answer.logprobs();
    String finish = answer.finish();
    if (values.length != tokens.length) {
      throw fault(
          server,
          "has %d log-probs for %d tokens".formatted(values.length, tokens.length),
          "use a version of it that gives the log-prob of each sampled token");
    }
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] <= 0) || Float.isInfinite(values[i])) {
        throw fault(
            server,
            "has the log-prob %s for its token %d".formatted(values[i], i),
            "nothing can be trained on that");
      }
    }
    if (!Set.of("stop", "length").contains(finish)) {
      throw fault(server, "ended with finish_reason \"" + finish + "\"", "see its log");
    }
    return answer;
  }

  private static int[] tokens(String server, JsonNode choice, JsonNode logprobs) {
    List<Integer> ids = new ArrayList<>();
    if (choice.path("token_ids").isArray()) {
      choice.path("token_ids").forEach(id -> ids.add(id.asInt(-1)));
    } else if (logprobs.path("content").isArray()) {
      logprobs.path("content").forEach(token -> ids.add(token.path("id").asInt(-1)));
    } else {
      for (JsonNode token : logprobs.path("tokens")) {
        String text = token.asText();
        ids.add(text.startsWith(SPELLED) ? Integer.parseInt(text.substring(SPELLED.length())) : -1);
      }
    }
    if (ids.isEmpty() || ids.contains(-1)) {
      throw fault(
          server,
          "has no token ids",
          "use a version of it that gives them (vLLM: return_token_ids; llama.cpp: logprobs with"
              + " ids)");
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static float[] logprobs(JsonNode logprobs) {
    boolean content = logprobs.path("content").isArray();
    JsonNode list = content ? logprobs.path("content") : logprobs.path("token_logprobs");
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = content ? list.get(i).path("logprob") : list.get(i);
      values[i] =
          value.isNumber()
              ? (float) value.asDouble()
              : (float) Math.log(list.get(i).path("prob").asDouble(Double.NaN));
    }
    return values;
  }

  private static UserError fault(String server, String what, String mend) {
    return new UserError(server + ": its answer " + what + "; " + mend);
  }
}
