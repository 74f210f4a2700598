package dev.mirrorspark.decode;

import dev.mirrorspark.model.KvCache;
import java.util.Arrays;
import java.util.Optional;

/** A response under way. */
final class OpenResponse {
  final DecodeRequest request;
  final KvCache.Sequence sequence;
  private final int[] context;
  private final int[] tokens;
  private final float[] logprobs;
  private final StopReason reasonAtLimit;
  private final RepeatDetector repeats;
  private final int shift;
  private final long startedNanos = System.nanoTime();
  private int length;

  /**
   * A response that may gain {@code limit} tokens at most, and stops there for that reason.
   *
   * @param shift how far its rotary positions run ahead of the places of its tokens
   */
  OpenResponse(
      DecodeRequest request,
      KvCache.Sequence sequence,
      int limit,
      StopReason reasonAtLimit,
      RepeatDetector repeats,
      int shift) {
    this.request = request;
    this.sequence = sequence;
    this.context = request.context();
    this.tokens = new int[limit];
    this.logprobs = new float[limit];
    this.reasonAtLimit = reasonAtLimit;
    this.repeats = repeats;
    this.shift = shift;
  }

  /** Index in the whole response of the token that comes next. */
  int next() {
    return request.begun().tokens().length + length;
  }

  /** Whether earlier iterations sampled tokens of it. */
  boolean begun() {
    return request.begun().tokens().length > 0;
  }

  /** Whether it has a token of its own. */
  boolean decodes() {
    return length > 0;
  }

  int lastToken() {
    return tokens[length - 1];
  }

  /** Position of the last token in the sequence of prompt and response. */
  int lastPosition() {
    return context.length + length - 1;
  }

  /** Rotary position of the token at a place. */
  int turn(int place) {
    return place + shift;
  }

  /** Tokens that it may still gain. */
  int left() {
    return tokens.length - length;
  }

  /** Takes the next token. */
  void take(int token, float logprob) {
    tokens[length] = token;
    logprobs[length++] = logprob;
  }

  /** Why the response ends at its last token, if it does. */
  Optional<StopReason> ended(EndTest ends, int minTokens) {
    boolean repeating = repeats.accept(lastToken());
    if (next() >= minTokens && ends.at(ends.readsText() ? response() : new int[] {lastToken()})) {
      return Optional.of(StopReason.STOP);
    }
    if (repeating) {
      return Optional.of(StopReason.REPEAT);
    }
    return left() == 0 ? Optional.of(reasonAtLimit) : Optional.empty();
  }

  /** All tokens of the response so far. */
  private int[] response() {
    int[] earlier = request.begun().tokens();
    int[] all = Arrays.copyOf(earlier, earlier.length + length);
    System.arraycopy(tokens, 0, all, earlier.length, length);
    return all;
  }

  Decoded finish(StopReason reason) {
    return new Decoded(
        request,
        Arrays.copyOf(tokens, length),
        Arrays.copyOf(logprobs, length),
        reason,
        (System.nanoTime() - startedNanos) * 1e-9);
  }
}
