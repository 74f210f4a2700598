package dev.mirrorspark.track;

import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Iterations.Metrics;
import java.util.LinkedHashMap;
import java.util.Map;

/** The figures of an iteration by the names of table {@code iterations}. */
final class TrackedFigures {
  private TrackedFigures() {}

  /** Those that it has; maps as {@code name/key}. */
  static Map<String, Double> of(Metrics m) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(Iterations.ACCURACY, m.accuracy());
    figures.put(Iterations.ERRORS, (double) m.errors());
    figures.put(Iterations.MEAN_TOKENS, m.meanTokens());
    figures.put(Iterations.MAX_TOKENS, (double) m.maxTokens());
    figures.put(Iterations.KEPT_FRACTION, m.keptFraction());
    figures.put(Iterations.LOSS, m.loss());
    figures.put(Iterations.GRAD_NORM, m.gradNorm());
    figures.put(Iterations.KL_ESTIMATE, m.klEstimate());
    figures.put(Iterations.LOGRATIO_RMS, m.logratioRms());
    figures.put(Iterations.LOGPROB_GAP_MEAN, m.logprobGapMean());
    figures.put(Iterations.LOGPROB_GAP_MAX, m.logprobGapMax());
    figures.put(Iterations.ENTROPY, m.entropy());
    figures.put(Iterations.ROLLOUT_TOKENS, (double) m.rolloutTokens());
    figures.put(Iterations.UPDATE_TOKENS, (double) m.updateTokens());
    figures.put(Iterations.TOKENS_PER_SECOND, m.tokensPerSecond());
    figures.put(Iterations.SECONDS, m.seconds());
    figures.put(Iterations.AUDIT_AGREEMENT, m.auditAgreement());
    m.stopReasons().forEach((key, n) -> figures.put(Iterations.STOP_REASONS + "/" + key, n * 1.0));
    m.rejected().forEach((key, n) -> figures.put(Iterations.REJECTED + "/" + key, n * 1.0));
    m.secondsByStage()
        .forEach((key, seconds) -> figures.put(Iterations.SECONDS_BY_STAGE + "/" + key, seconds));
    figures.values().removeIf(value -> !Double.isFinite(value));
    return figures;
  }
}
