package dev.mirrorspark.train;

import dev.mirrorspark.train.SequencePacking.MicroBatch;
import java.io.Serializable;

/**
 * What a gradient pass saw; sums, so that partitions add up.
 *
 * @param loss the step's loss (already weighted)
 * @param sequences responses
 * @param tokens prompt and response tokens
 * @param ratioSquares sum over responses of ρ², ρ = log π(y|x) − log π_i(y|x) in nats
 * @param ratios sum over responses of ρ
 * @param gaps sum over response tokens that the training policy sampled of |trainer log-prob −
 *     sampling log-prob|
 * @param gapTokens number of such tokens
 * @param largestGap largest such difference
 * @param largestGapKey the response with the largest difference; empty if none
 */
public record StepStats(
    double loss,
    long sequences,
    long tokens,
    double ratioSquares,
    double ratios,
    double gaps,
    long gapTokens,
    double largestGap,
    String largestGapKey)
    implements Serializable {

  /** Nothing seen. */
  public static final StepStats NONE = new StepStats(0, 0, 0, 0, 0, 0, 0, 0, "");

  /** Root mean square of the whole-response log-ratio, nats. */
  public double ratioRms() {
    return sequences == 0 ? 0 : Math.sqrt(ratioSquares / sequences);
  }

  /** Both together. */
  public StepStats plus(StepStats other) {
    // Double.compare holds NaN for the largest: a gap that is NaN must not be lost.
    boolean mine = Double.compare(largestGap, other.largestGap) >= 0;
    return new StepStats(
        loss + other.loss,
        sequences + other.sequences,
        tokens + other.tokens,
        ratioSquares + other.ratioSquares,
        ratios + other.ratios,
        gaps + other.gaps,
        gapTokens + other.gapTokens,
        mine ? largestGap : other.largestGap,
        mine ? largestGapKey : other.largestGapKey);
  }

  static StepStats of(MicroBatch batch, double loss, double[] ratios, float[] logprobs) {
    double squares = 0;
    double sum = 0;
    for (double ratio : ratios) {
      squares += ratio * ratio;
      sum += ratio;
    }
    double gaps = 0;
    long gapTokens = 0;
    double largest = 0;
    String key = "";
    int place = 0;
    for (TrainSequence sequence : batch.sequences()) {
      float[] sampled = sequence.samplingLogprobs();
      for (int i = Math.max(sequence.lossFrom(), sequence.currentFrom()); i < sampled.length; i++) {
        double gap = Math.abs(logprobs[place + i - sequence.lossFrom()] - sampled[i]);
        gaps += gap;
        gapTokens++;
        if (Double.compare(gap, largest) > 0) {
          largest = gap;
          key = sequence.key();
        }
      }
      place += sequence.lossLength();
    }
    return new StepStats(
        loss,
        batch.sequences().size(),
        batch.rows().used(),
        squares,
        sum,
        gaps,
        gapTokens,
        largest,
        key);
  }
}
