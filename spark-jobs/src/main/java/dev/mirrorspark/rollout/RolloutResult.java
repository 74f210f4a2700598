package dev.mirrorspark.rollout;

/**
 * What a rollout sampled.
 *
 * @param responses responses that were begun or went on
 * @param tokens sampled tokens
 * @param seconds wall time of the stage; of a rollout that was there already, from its first
 *     response's start to its last one's end
 * @param modelSeconds the part of it that is model arithmetic; of a rollout that was there already,
 *     all of it
 * @param idleSlots share of the decoding slots' steps without a response; NaN of a rollout that was
 *     there already
 */
public record RolloutResult(
    int responses, long tokens, double seconds, double modelSeconds, double idleSlots) {

  /** Before anything was sampled. */
  public static final RolloutResult NOTHING = new RolloutResult(0, 0, 0, 0, 0);

  /** This one and a later one of the same iteration together. */
  public RolloutResult and(RolloutResult later) {
    if (responses == 0) {
      return later;
    }
    double before = seconds / (seconds + later.seconds);
    return new RolloutResult(
        responses + later.responses,
        tokens + later.tokens,
        seconds + later.seconds,
        modelSeconds + later.modelSeconds,
        before * idleSlots + (1 - before) * later.idleSlots);
  }

  /** Sampled tokens a second; 0 for a rollout without tokens. */
  public double tokensPerSecond() {
    return tokens == 0 ? 0 : tokens / seconds;
  }
}
