package dev.mirrorspark.decode;

import dev.mirrorspark.config.UserError;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * A response as a server's answers give it, ended where the built-in engine would end it: at the
 * policy's end tokens, and at no others that the server takes for an end.
 */
final class HeardResponse {
  private final String server;
  private final DecodeRequest request;
  private final StopReason reasonAtLimit;
  private final Set<Integer> ends;
  private final int vocabulary;
  private final RepeatDetector repeats;
  private final int[] tokens;
  private final float[] logprobs;
  private int length;
  private Optional<StopReason> reason = Optional.empty();

  /**
   * A response of which nothing is heard yet.
   *
   * @param server its name, for messages
   * @param limit most tokens that it may gain
   * @param reasonAtLimit what it is if it has as many
   * @param vocabulary ids that the policy has
   */
  HeardResponse(
      String server,
      DecodeRequest request,
      Sampling sampling,
      int limit,
      StopReason reasonAtLimit,
      Set<Integer> ends,
      int vocabulary) {
    this.server = server;
    this.request = request;
    this.reasonAtLimit = reasonAtLimit;
    this.ends = ends;
    this.vocabulary = vocabulary;
    this.tokens = new int[limit];
    this.logprobs = new float[limit];
    this.repeats = new RepeatDetector(sampling.repeatTokens());
    for (int token : request.begun().tokens()) {
      repeats.accept(token);
    }
  }

  /** Tokens so far. */
  int length() {
    return length;
  }

  /** Tokens that it may still gain. */
  int left() {
    return tokens.length - length;
  }

  /** The prompt and all tokens so far. */
  int[] context() {
    int[] begun = request.context();
    int[] context = Arrays.copyOf(begun, begun.length + length);
    System.arraycopy(tokens, 0, context, begun.length, length);
    return context;
  }

  /** Why it ended; empty: it goes on. */
  Optional<StopReason> reason() {
    return reason;
  }

  /**
   * Takes an answer, up to where the response ends.
   *
   * @throws UserError if it has tokens that the policy has not, or broke off
   */
  void take(EngineAnswer answer) {
    for (int i = 0; i < answer.tokens().length && reason.isEmpty(); i++) {
      take(answer.tokens()[i], answer.logprobs()[i]);
    }
    if (reason.isPresent() || answer.finish().equals("stop") && answer.whole()) {
      return; // the server took the last token for an end; the policy goes on behind it
    }
    throw new UserError(
        answer.finish().equals("stop")
            ? ("%s: its answer stops without one of the policy's end tokens, and leaves out the one"
                    + " it stops at; see generation_config.json of the policy, and what the server"
                    + " takes for an end")
                .formatted(server)
            : ("%s: its answer ends at %d tokens, it was asked for %d; give it a longer context"
                    + " (vLLM: --max-model-len; llama.cpp: --ctx-size, shared by its slots)")
                .formatted(server, length, tokens.length));
  }

  private void take(int token, float logprob) {
    if (token < 0 || token >= vocabulary) {
      throw new UserError(
          "%s: its answer has the token %d, the policy has the ids 0 to %d; it serves another model"
              .formatted(server, token, vocabulary - 1));
    }
    tokens[length] = token;
    logprobs[length++] = logprob;
    boolean repeating = repeats.accept(token);
    if (ends.contains(token)) {
      reason = Optional.of(StopReason.STOP);
    } else if (repeating) {
      reason = Optional.of(StopReason.REPEAT);
    } else if (left() == 0) {
      reason = Optional.of(reasonAtLimit);
    }
  }

  Decoded decoded(double seconds) {
    return new Decoded(
        request,
        Arrays.copyOf(tokens, length),
        Arrays.copyOf(logprobs, length),
        reason.orElseThrow(),
        seconds);
  }
}
