package dev.mirrorspark.eval;

import dev.mirrorspark.table.Evals;
import java.util.List;

/**
 * One evaluation of a policy.
 *
 * @param overall over all problems
 * @param levels by level, the easiest first
 * @param domains by domain, in the order of their names
 * @param errors responses that could not be judged and count neither way; 0 for an evaluation that
 *     was there already
 */
public record EvalResult(
    Evals.Result overall, List<Evals.Result> levels, List<Evals.Result> domains, int errors) {
  public EvalResult {
    levels = List.copyOf(levels);
    domains = List.copyOf(domains);
  }
}
