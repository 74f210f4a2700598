package dev.mirrorspark.eval;

import dev.mirrorspark.table.Evals;

/** How an evaluation chooses tokens. */
public enum EvalMode {
  /** The likeliest token, one response a problem. */
  GREEDY(Evals.GREEDY),
  /** Drawn at the temperature of the rollout, {@code eval.samples} responses a problem. */
  SAMPLING(Evals.SAMPLING);

  private final String label;

  EvalMode(String label) {
    this.label = label;
  }

  /** The value of column {@code mode}. */
  public String label() {
    return label;
  }
}
