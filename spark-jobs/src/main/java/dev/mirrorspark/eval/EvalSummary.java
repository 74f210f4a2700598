package dev.mirrorspark.eval;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.eval.EvalStage.EvalProblem;
import dev.mirrorspark.eval.EvalStage.Scored;
import dev.mirrorspark.table.Evals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * From judged responses to the rows of table {@code evals}.
 *
 * <p>pass@1 is the mean over problems of the share of correct responses, with the Wilson interval
 * for as many trials as there are problems: several responses to one problem are not independent,
 * so they sharpen the estimate but not the stated interval.
 */
final class EvalSummary {

  /** What identifies an evaluation, the problems aside. */
  record Name(
      String run,
      int policyVersion,
      String dataset,
      String split,
      String mode,
      double temperature,
      int samples) {

    /** The application id of its commit. */
    String app(int problems) {
      return "%s/eval-%s-%s-%s-%s/%d problems/%d samples/policy %d"
          .formatted(run, dataset, split, mode, temperature, problems, samples, policyVersion);
    }
  }

  private EvalSummary() {}

  /**
   * The rows of an evaluation.
   *
   * @throws UserError if no response could be judged
   */
  static EvalResult of(Name name, List<EvalProblem> problems, List<Scored> scored, double seconds) {
    Map<String, List<Scored>> byPrompt =
        scored.stream().collect(Collectors.groupingBy(Scored::promptId));
    List<Evals.Result> levels = new ArrayList<>();
    byLevel(problems)
        .forEach(
            (level, some) ->
                row(name, OptionalInt.of(level), some, byPrompt, seconds).ifPresent(levels::add));
    Evals.Result overall =
        row(name, OptionalInt.empty(), problems, byPrompt, seconds)
            .orElseThrow(
                () ->
                    new UserError(
                        "evaluation of policy %d: not one response could be judged; is there a verifier for answer type '%s'?"
                            .formatted(name.policyVersion(), problems.get(0).answerType())));
    int errors = (int) scored.stream().filter(score -> !score.judged()).count();
    return new EvalResult(overall, levels, errors);
  }

  private static Map<Integer, List<EvalProblem>> byLevel(List<EvalProblem> problems) {
    return problems.stream()
        .collect(Collectors.groupingBy(EvalProblem::level, TreeMap::new, Collectors.toList()));
  }

  private static Optional<Evals.Result> row(
      Name name,
      OptionalInt level,
      List<EvalProblem> problems,
      Map<String, List<Scored>> byPrompt,
      double seconds) {
    double shares = 0;
    int judged = 0;
    long tokens = 0;
    int responses = 0;
    for (var problem : problems) {
      List<Scored> all = byPrompt.get(problem.promptId());
      List<Scored> known = all.stream().filter(Scored::judged).toList();
      if (!known.isEmpty()) {
        shares += known.stream().filter(Scored::correct).count() / (double) known.size();
        judged++;
      }
      tokens += all.stream().mapToLong(Scored::tokens).sum();
      responses += all.size();
    }
    if (judged == 0) {
      return Optional.empty();
    }
    double passAt1 = shares / judged;
    var interval = WilsonInterval.of(passAt1, judged);
    return Optional.of(
        new Evals.Result(
            name.run(),
            name.policyVersion(),
            name.dataset(),
            name.split(),
            name.mode(),
            name.temperature(),
            level,
            problems.size(),
            name.samples(),
            passAt1,
            interval.low(),
            interval.high(),
            (double) tokens / responses,
            seconds));
  }

  /**
   * The evaluation on these problems among rows of the same name: evaluations on the first N
   * problems that agree in the problems of a level agree in its row.
   */
  static EvalResult recorded(List<Evals.Result> rows, List<EvalProblem> problems) {
    Map<Integer, List<EvalProblem>> byLevel = byLevel(problems);
    Map<Integer, Evals.Result> levels = new TreeMap<>();
    for (var row : rows) {
      if (row.level().isPresent()
          && byLevel.getOrDefault(row.level().getAsInt(), List.of()).size() == row.problems()) {
        levels.put(row.level().getAsInt(), row);
      }
    }
    Evals.Result overall =
        rows.stream()
            .filter(row -> row.level().isEmpty() && row.problems() == problems.size())
            .min(Comparator.comparingDouble(Evals.Result::seconds))
            .orElseThrow();
    return new EvalResult(overall, List.copyOf(levels.values()), 0);
  }
}
