package dev.mirrorspark.train;

import dev.mirrorspark.model.FolderWriter.Written;
import dev.mirrorspark.table.Policies;
import java.io.Serializable;
import java.util.List;

/**
 * What a training phase led to.
 *
 * @param steps every step of the phase, those before a restart included; none where there was
 *     nothing to train on: then nothing is written
 * @param written the files of weights that were written
 * @param weightMean mean weight that the correction of another engine gave a token; NaN without
 * @param weightCut share of the tokens whose weight it cut; NaN without
 */
public record Trained(
    List<StepRecord> steps, List<Written> written, double weightMean, double weightCut)
    implements Serializable {

  /** No step was taken. */
  public static final Trained NOTHING = of(List.of(), List.of());

  /** What a phase led to, without a correction. */
  static Trained of(List<StepRecord> steps, List<Written> written) {
    return new Trained(steps, written, Double.NaN, Double.NaN);
  }

  /** The same, after a correction. */
  Trained after(Corrected.Seen seen) {
    return new Trained(
        steps, written, seen.sum() / seen.tokens(), (double) seen.cut() / seen.tokens());
  }

  public Trained {
    steps = List.copyOf(steps);
    written = List.copyOf(written);
  }

  /** The steps as table {@code policies} holds them. */
  public List<Policies.Step> tableSteps() {
    return steps.stream().map(StepRecord::toTable).toList();
  }

  /** Prompt and response tokens of all steps. */
  public long tokens() {
    return steps.stream().mapToLong(StepRecord::tokens).sum();
  }

  /** Seconds of model arithmetic of all steps. */
  public double modelSeconds() {
    return steps.stream().mapToDouble(StepRecord::modelSeconds).sum();
  }

  /** Mean loss of the steps; NaN if there was none. */
  public double loss() {
    return steps.stream().mapToDouble(StepRecord::loss).average().orElse(Double.NaN);
  }

  /** Mean norm of the gradient before clipping; NaN if there was no step. */
  public double gradNorm() {
    return steps.stream().mapToDouble(StepRecord::gradNorm).average().orElse(Double.NaN);
  }

  /**
   * See {@link StepRecord#klEstimate}: the mean over the responses of the steps after the first, at
   * which the two policies are the same; NaN without such a step.
   */
  public double klEstimate() {
    double sum = 0;
    long responses = 0;
    for (StepRecord step : steps.subList(Math.min(1, steps.size()), steps.size())) {
      sum += step.klEstimate() * step.sequences();
      responses += step.sequences();
    }
    return responses == 0 ? Double.NaN : sum / responses;
  }

  /** See {@link StepRecord#logratioRms}, at the last step; NaN if there was none. */
  public double logratioRms() {
    return steps.isEmpty() ? Double.NaN : steps.get(steps.size() - 1).logratioRms();
  }

  /**
   * Mean absolute difference between the log-probs of sampling and the trainer's, nats, over the
   * tokens of the first step, when both are those of one policy; NaN if there was no step.
   */
  public double logprobGapMean() {
    return steps.isEmpty() ? Double.NaN : steps.get(0).gapMean();
  }

  /** Largest such difference; NaN if there was no step. */
  public double logprobGapMax() {
    return steps.isEmpty() ? Double.NaN : steps.get(0).gapMax();
  }
}
