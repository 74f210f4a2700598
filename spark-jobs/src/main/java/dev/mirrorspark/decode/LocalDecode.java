package dev.mirrorspark.decode;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.PolicyVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Responses to one prompt, decoded in this process without Spark. */
public final class LocalDecode {
  private LocalDecode() {}

  /**
   * Decodes responses, in the order of their samples.
   *
   * @param prompt token ids
   * @param seed of the run; the same seed, prompt and policy give the same responses
   * @throws UserError if the prompt leaves no room for a response
   */
  public static List<Response> responses(
      PolicyVersion policy,
      RunConfig.Model place,
      TextTokenizer tokenizer,
      Sampling sampling,
      int[] prompt,
      int samples,
      long seed) {
    try (var lease = PolicyHost.lease(policy.weights(), place)) {
      int context = lease.shape().maxPositions();
      if (prompt.length == 0 || prompt.length >= context) {
        throw new UserError(
            "--problem: it has %d tokens, the policy takes 1 to %d"
                .formatted(prompt.length, context - 1));
      }
      var requests =
          IntStream.range(0, samples)
              .mapToObj(i -> new DecodeRequest("", i, prompt, Seeds.response(seed, -1, "", i)))
              .toList();
      var room = new DecodeEngine.Room(samples, prompt.length + sampling.maxTokens(), 0);
      var responses = new ArrayList<Response>();
      try (var parameters = Parameters.frozen(lease.shape(), lease.flat());
          var engine =
              new DecodeEngine(parameters, room, sampling, EndTest.of(tokenizer, sampling))) {
        engine.decode(
            requests.iterator(),
            decoded ->
                responses.add(
                    new Response(decoded, tokenizer.decode(decoded.tokens(), true), Instant.now())),
            tokens -> {});
      }
      responses.sort(Comparator.comparingInt(response -> response.decoded().request().sample()));
      return responses;
    }
  }
}
