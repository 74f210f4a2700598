package dev.mirrorspark.decode;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.CacheType;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.Parameters;
import dev.mirrorspark.model.TextTokenizer;
import dev.mirrorspark.policy.PolicyHost;
import dev.mirrorspark.policy.PolicyVersion;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;

/** What one task of a decoding job does: all responses of one logical partition. */
record DecodeTask(
    PolicyVersion policy,
    RunConfig.Model place,
    Sampling sampling,
    int slots,
    int cacheTokens,
    CacheType cacheType,
    DecodeCounters counters)
    implements FlatMapFunction<DecodeTask.Share, Response> {

  /** The responses of a logical partition, in the order in which they enter the slots. */
  record Share(int partition, List<PromptRequest> requests) implements Serializable {}

  @Override
  public Iterator<Response> call(Share share) {
    List<Response> responses = new ArrayList<>();
    var work = new Work(0, 0, 0);
    if (!share.requests().isEmpty()) {
      try (var tokenizer = policy.tokenizer(place.chat())) {
        work = decode(share, tokenizer, responses);
      }
    }
    long tokens = responses.stream().mapToLong(r -> r.decoded().tokens().length).sum();
    counters
        .finished()
        .add(
            new DecodeCounters.Finished(
                share.partition(),
                responses.size(),
                tokens,
                work.seconds(),
                work.slotSteps(),
                work.busySteps()));
    return responses.iterator();
  }

  private record Work(double seconds, long slotSteps, long busySteps) {}

  private Work decode(Share share, TextTokenizer tokenizer, List<Response> responses) {
    try (var lease = PolicyHost.lease(policy.weights(), place)) {
      ModelShape shape = lease.shape();
      List<DecodeRequest> fitting = new ArrayList<>();
      int longest = 0;
      for (DecodeRequest request : tokenized(share.requests(), tokenizer)) {
        if (request.context().length < shape.maxPositions()) {
          fitting.add(request);
          longest = Math.max(longest, request.promptTokens().length);
        } else {
          responses.add(withoutRoom(request));
          counters.responses().add(1);
        }
      }
      if (fitting.isEmpty()) {
        return new Work(0, 0, 0);
      }
      var room =
          new DecodeEngine.Room(
              Math.min(slots, fitting.size()),
              longest + sampling.maxTokens(),
              cacheTokens,
              cacheType);
      requireRoom(room, shape);
      long start = System.nanoTime();
      try (var parameters = Parameters.frozen(shape, lease.flat());
          var engine =
              new DecodeEngine(parameters, room, sampling, EndTest.of(tokenizer, sampling))) {
        engine.decode(
            fitting.iterator(),
            decoded -> {
              responses.add(response(decoded, tokenizer));
              counters.responses().add(1);
              counters.tokens().add(1); // its first token, which no step counts
            },
            this::stepped);
        return new Work((System.nanoTime() - start) * 1e-9, engine.slotSteps(), engine.busySteps());
      }
    }
  }

  /** Room for the longest response alone. */
  private static void requireRoom(DecodeEngine.Room room, ModelShape shape) {
    int most = Math.min(room.capacity(), shape.maxPositions());
    if (room.cacheTokens() > 0 && room.cacheTokens() < most) {
      throw new UserError(
          ("rollout.cache_tokens: %d hold no prompt of this partition with rollout.max_tokens"
                  + " behind it, which can take %d; raise it, or lower rollout.max_tokens")
              .formatted(room.cacheTokens(), most));
    }
  }

  private void stepped(int tokens) {
    counters.tokens().add(tokens);
    if (TaskContext.get().isInterrupted()) {
      throw new TaskKilledException("decoding was interrupted");
    }
  }

  List<DecodeRequest> tokenized(List<PromptRequest> requests, TextTokenizer tokenizer) {
    Map<String, int[]> byPrompt = new HashMap<>();
    List<DecodeRequest> tokenized = new ArrayList<>();
    for (PromptRequest request : requests) {
      int[] tokens =
          request.begun().segments() > 0
              ? request.begun().promptTokens()
              : byPrompt.computeIfAbsent(
                  request.promptId(), id -> PicturePrompts.tokens(shape(), request, tokenizer));
      if (tokens.length == 0) {
        throw new UserError(
            "prompt "
                + request.promptId()
                + ": the tokenizer of "
                + policy.folder()
                + " makes no token of it; remove the problem or use a tokenizer with a begin"
                + " token");
      }
      tokenized.add(
          new DecodeRequest(
              request.promptId(),
              request.sample(),
              tokens,
              request.seed(),
              request.begun(),
              request.picture()));
    }
    return tokenized;
  }

  private ModelShape shape() {
    return policy.weights().shape();
  }

  static Response response(Decoded decoded, TextTokenizer tokenizer) {
    var startedAt = Instant.now().minusNanos((long) (decoded.seconds() * 1e9));
    return new Response(decoded, segmentText(decoded, tokenizer), startedAt);
  }

  /** The segment's part of the response's text, so that the segments' texts join to the whole. */
  private static String segmentText(Decoded decoded, TextTokenizer tokenizer) {
    int[] earlier = decoded.request().begun().tokens();
    int[] all = Arrays.copyOf(earlier, earlier.length + decoded.tokens().length);
    System.arraycopy(decoded.tokens(), 0, all, earlier.length, decoded.tokens().length);
    String whole = tokenizer.decode(all, true);
    String text = whole.substring(complete(tokenizer.decode(earlier, true)).length());
    return decoded.stopReason() == StopReason.BUDGET ? complete(text) : text;
  }

  /** The text without a character at its end of which only the first bytes are there yet. */
  private static String complete(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '\ufffd') {
      end--;
    }
    return text.substring(0, end);
  }

  /** The response to a prompt that fills the policy's context: at its longest with no token. */
  static Response withoutRoom(DecodeRequest request) {
    var empty = new Decoded(request, new int[0], new float[0], StopReason.LENGTH, 0);
    return new Response(empty, "", Instant.now());
  }
}
