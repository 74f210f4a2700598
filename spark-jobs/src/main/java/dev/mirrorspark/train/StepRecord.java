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
 *     step, nats; NaN where no policy sampled them
 * @param klEstimate mean over responses of {@link KlEstimate} over the tokens that π_i sampled,
 *     before the step: a non-negative estimate of KL(π‖π_i), nats a response; NaN where no policy
 *     sampled them
 * @param gapMean mean over the tokens that π_i sampled of |trainer log-prob − sampling log-prob|;
 *     NaN where no policy sampled them; the two policies are the same at step 0 alone
 * @param gapP99 99th percentile of these differences; NaN likewise
 * @param gapMax largest such difference; NaN likewise
 * @param seconds time of the step
 * @param modelSeconds the part of it that the forward and backward passes of the slowest rank and
 *     the optimizer's arithmetic take
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
    double gapP99,
    double gapMax,
    double seconds,
    double modelSeconds)
    implements Serializable {

  /** The step as table {@code policies} holds it. */
  public Policies.Step toTable() {
    return new Policies.Step(step, loss, gradNorm, learningRate, tokens, logratioRms, seconds);
  }
}
