package dev.mirrorspark.train;

import dev.mirrorspark.table.Policies;
import java.io.Serializable;

/**
 * One optimizer step as it is recorded on its completion.
 *
 * @param step index of the step within its phase, from 0
 * @param loss loss before the step
 * @param gradNorm global norm of the gradient before clipping
 * @param sequences responses of the step
 * @param tokens their prompt and response tokens
 * @param logratioRms root mean square over responses of ρ = log π(y|x) − log π_i(y|x) before the
 *     step, nats; NaN when supervised
 * @param klEstimate mean over responses of −ρ before the step: as the responses come from π_i, an
 *     unbiased estimate of KL(π_i ‖ π) in nats a response; NaN when supervised
 * @param gapMean mean over response tokens of |trainer log-prob − sampling log-prob|; NaN where no
 *     policy sampled them; the two policies are the same at step 0 alone
 * @param gapMax largest such difference; NaN where no policy sampled them
 * @param seconds time of the step
 * @param modelSeconds the part of it that forward and backward passes and the optimizer's
 *     arithmetic take, at full use of the cores or in the slowest task, whichever is longer
 */
public record StepRecord(
    int step,
    double loss,
    double gradNorm,
    double learningRate,
    long sequences,
    long tokens,
    double logratioRms,
    double klEstimate,
    double gapMean,
    double gapMax,
    double seconds,
    double modelSeconds)
    implements Serializable {

  /** The step as table {@code policies} holds it. */
  public Policies.Step toTable() {
    return new Policies.Step(step, loss, gradNorm, learningRate, tokens, logratioRms, seconds);
  }
}
