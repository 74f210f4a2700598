package dev.mirrorspark.report;

import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Policies;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a run came to: its evaluations over all levels, in the order of the policy versions.
 *
 * @param evals rows of table {@code evals} of one run; those of single levels or domains are left
 *     out
 * @param policies rows of table {@code policies} of the run, which say what a version is
 */
public record Summary(List<Evals.Result> evals, List<Policies.Policy> policies) {

  public Summary {
    evals =
        evals.stream()
            .filter(eval -> eval.overall())
            .sorted(
                Comparator.comparing(Evals.Result::dataset)
                    .thenComparing(Evals.Result::split)
                    .thenComparing(Evals.Result::mode)
                    .thenComparingInt(Evals.Result::policyVersion))
            .toList();
    policies = List.copyOf(policies);
  }

  /** Names of the columns of {@link #rows}. */
  public List<String> header() {
    return List.of("policy", "decoding", "problems", "pass@1", "95% interval", "mean tokens");
  }

  /** One row an evaluation; the versions of one way of decoding stand below each other. */
  public List<List<String>> rows() {
    Map<Integer, String> origins =
        policies.stream().collect(Collectors.toMap(Policies.Policy::version, Summary::origin));
    List<List<String>> rows = new ArrayList<>();
    for (var eval : evals) {
      rows.add(
          List.of(
              eval.policyVersion() + origins.getOrDefault(eval.policyVersion(), ""),
              decoding(eval),
              "%d %s".formatted(eval.problems(), eval.split()),
              Figures.percent(eval.passAt1()),
              Figures.interval(eval.ciLow(), eval.ciHigh()),
              Figures.fixed(eval.meanTokens(), 1)));
    }
    return rows;
  }

  private static String origin(Policies.Policy policy) {
    return switch (policy.producedBy()) {
      case INIT -> " (start)";
      case SFT -> " (after the warm-up)";
      case RL -> {
        int iterations = policy.iteration().orElseThrow() + 1;
        yield " (after %d %s)".formatted(iterations, iterations == 1 ? "iteration" : "iterations");
      }
    };
  }

  static String decoding(Evals.Result eval) {
    return eval.mode().equals(Evals.GREEDY)
        ? "greedy"
        : String.format(Locale.ROOT, "temperature %s", eval.temperature());
  }
}
