package dev.mirrorspark.train;

import java.io.Serializable;

/**
 * What a gradient pass saw; sums, so that ranks add up.
 *
 * @param loss the step's loss (already weighted)
 * @param sequences responses
 * @param tokens prompt and response tokens
 * @param sampled responses that a policy sampled
 * @param ratioSquares sum over those of ρ², ρ = log π(y|x) − log π_i(y|x) over the tokens with
 *     loss, nats
 * @param divergence sum over tokens that π_i sampled of {@link KlEstimate}, nats
 * @param gaps differences of sampling and trainer log-probs, over the same tokens
 * @param seconds time of the slowest rank's passes
 */
record StepStats(
    double loss,
    long sequences,
    long tokens,
    long sampled,
    double ratioSquares,
    double divergence,
    LogprobGaps gaps,
    double seconds)
    implements Serializable {

  /** Nothing seen. */
  static final StepStats NONE = new StepStats(0, 0, 0, 0, 0, 0, LogprobGaps.NONE, 0);

  /** Root mean square of the whole-response log-ratio, nats; NaN where nothing was sampled. */
  double ratioRms() {
    return sampled == 0 ? Double.NaN : Math.sqrt(ratioSquares / sampled);
  }

  /** Mean divergence of a response, nats; NaN where nothing was sampled. */
  double klEstimate() {
    return sampled == 0 ? Double.NaN : divergence / sampled;
  }

  /** Both together. */
  StepStats plus(StepStats other) {
    return new StepStats(
        loss + other.loss,
        sequences + other.sequences,
        tokens + other.tokens,
        sampled + other.sampled,
        ratioSquares + other.ratioSquares,
        divergence + other.divergence,
        gaps.plus(other.gaps),
        Math.max(seconds, other.seconds));
  }

  /** The same, by passes that took so long. */
  StepStats taking(double passSeconds) {
    return new StepStats(
        loss, sequences, tokens, sampled, ratioSquares, divergence, gaps, passSeconds);
  }

  /** Of one response. */
  static StepStats of(Sample sample, float[] logprobs) {
    boolean sampled = sample.sampling().length > 0;
    double ratio = 0;
    double divergence = 0;
    double[] gaps = new double[logprobs.length];
    int current = 0;
    int n = 0;
    for (int i = 0; sampled && i < sample.mask().length; i++) {
      if (sample.mask()[i]) {
        double difference = (double) logprobs[n++] - sample.sampling()[i];
        ratio += difference;
        if (i >= sample.currentFrom()) {
          divergence += KlEstimate.ofToken(difference);
          gaps[current++] = Math.abs((double) logprobs[n - 1] - sample.given()[i]);
        }
      }
    }
    return new StepStats(
        0,
        1,
        sample.tokens().length,
        sampled ? 1 : 0,
        ratio * ratio,
        divergence,
        LogprobGaps.of(sample.key(), java.util.Arrays.copyOf(gaps, current)),
        0);
  }
}
