package dev.mirrorspark.eval;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.eval.EvalStage.EvalProblem;
import dev.mirrorspark.eval.EvalStage.Scored;
import dev.mirrorspark.eval.MajorityVote.Vote;
import dev.mirrorspark.table.Evals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * From judged responses to the rows of table {@code evals}.
 *
 * <p>Each figure is a mean over problems; responses that could not be judged count neither way, and
 * a problem with fewer than k judged ones has no part in the figures for k tries. The interval is
 * Wilson's where a problem has one response, else a bootstrap over problems.
 */
final class EvalSummary {
  /** The domain of all problems with a picture together. */
  static final String PICTURES = "all with pictures";

  /** The domain of all problems of text alone together, where others have pictures. */
  static final String TEXT = "all of text alone";

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

  /**
   * What the responses to one problem came to.
   *
   * @param judged responses that could be judged
   * @param pass pass@k by the index of k among the tries; shorter where fewer were judged
   * @param maj maj@k likewise; empty where the responses do not vote
   */
  private record Outcome(
      EvalProblem problem,
      int responses,
      long tokens,
      int judged,
      List<Double> pass,
      List<Double> maj) {

    static Outcome of(EvalProblem problem, List<Scored> all, Set<String> silent) {
      List<Scored> judged = all.stream().filter(Scored::judged).toList();
      int right = (int) judged.stream().filter(Scored::correct).count();
      int[] tries = PassAtK.tries(judged.size());
      var pass = Arrays.stream(tries).mapToObj(k -> PassAtK.of(judged.size(), right, k)).toList();
      double[] maj =
          MajorityVote.of(
              judged.stream().map(s -> new Vote(s.answer(), s.correct())).toList(), tries);
      return new Outcome(
          problem,
          all.size(),
          all.stream().mapToLong(Scored::tokens).sum(),
          judged.size(),
          pass,
          votes(problem, judged, silent) ? Arrays.stream(maj).boxed().toList() : List.of());
    }
  }

  private static boolean votes(EvalProblem problem, List<Scored> judged, Set<String> silent) {
    return !silent.contains(problem.answerType())
        || judged.stream().anyMatch(one -> !one.answer().isEmpty());
  }

  /** A mean over problems and its 95% interval. */
  private record Figure(double mean, double low, double high) {
    static Figure of(List<Outcome> outcomes, ToDoubleFunction<Outcome> value, int samples) {
      double[] values = outcomes.stream().mapToDouble(value).toArray();
      double sum = 0;
      for (double one : values) {
        sum += one;
      }
      double mean = sum / values.length;
      if (samples == 1) {
        var wilson = WilsonInterval.of(mean, values.length);
        return new Figure(mean, wilson.low(), wilson.high());
      }
      var bootstrap = BootstrapInterval.of(values, 0, 1);
      return new Figure(mean, bootstrap.low(), bootstrap.high());
    }
  }

  private EvalSummary() {}

  /** The rows of an evaluation in which all responses vote. */
  static EvalResult of(Name name, List<EvalProblem> problems, List<Scored> scored, double seconds) {
    return of(name, problems, scored, seconds, Set.of());
  }

  /**
   * The rows of an evaluation.
   *
   * @param silent answer types of problems that have no part in maj@k, unless a response states an
   *     answer
   * @throws UserError if no response could be judged
   */
  static EvalResult of(
      Name name,
      List<EvalProblem> problems,
      List<Scored> scored,
      double seconds,
      Set<String> silent) {
    Map<String, List<Scored>> byPrompt =
        scored.stream().collect(Collectors.groupingBy(Scored::promptId));
    List<Outcome> outcomes =
        problems.stream()
            .map(problem -> Outcome.of(problem, byPrompt.get(problem.promptId()), silent))
            .toList();
    Evals.Result overall =
        row(name, OptionalInt.empty(), Optional.empty(), outcomes, seconds)
            .orElseThrow(
                () ->
                    new UserError(
                        "evaluation of policy %d: not one response could be judged; is there a verifier for answer type '%s'?"
                            .formatted(name.policyVersion(), problems.get(0).answerType())));
    List<Evals.Result> levels = new ArrayList<>();
    by(outcomes, outcome -> outcome.problem().level())
        .forEach(
            (level, some) ->
                row(name, OptionalInt.of(level), Optional.empty(), some, seconds)
                    .ifPresent(levels::add));
    List<Evals.Result> domains = new ArrayList<>();
    byDomain(outcomes, Outcome::problem)
        .forEach(
            (domain, some) ->
                row(name, OptionalInt.empty(), Optional.of(domain), some, seconds)
                    .ifPresent(domains::add));
    int errors = (int) scored.stream().filter(score -> !score.judged()).count();
    return new EvalResult(overall, levels, domains, errors);
  }

  /** By domain; where some problems have pictures and others none, by that too. */
  private static <T> Map<String, List<T>> byDomain(List<T> all, Function<T, EvalProblem> problem) {
    Map<String, List<T>> groups = by(all, one -> problem.apply(one).domain());
    Map<String, List<T>> modalities =
        by(all, one -> problem.apply(one).picture().present() ? PICTURES : TEXT);
    if (modalities.size() > 1) {
      groups.putAll(modalities);
    }
    return groups;
  }

  private static <T, K extends Comparable<K>> Map<K, List<T>> by(
      List<T> all, Function<T, K> group) {
    return all.stream().collect(Collectors.groupingBy(group, TreeMap::new, Collectors.toList()));
  }

  private static Optional<Evals.Result> row(
      Name name,
      OptionalInt level,
      Optional<String> domain,
      List<Outcome> outcomes,
      double seconds) {
    List<Evals.AtK> atK = atK(outcomes, name.samples());
    if (atK.isEmpty()) {
      return Optional.empty();
    }
    var once = atK.get(0);
    long tokens = outcomes.stream().mapToLong(Outcome::tokens).sum();
    int responses = outcomes.stream().mapToInt(Outcome::responses).sum();
    return Optional.of(
        new Evals.Result(
            name.run(),
            name.policyVersion(),
            name.dataset(),
            name.split(),
            name.mode(),
            name.temperature(),
            level,
            outcomes.size(),
            name.samples(),
            once.pass(),
            once.passLow(),
            once.passHigh(),
            (double) tokens / responses,
            seconds,
            domain,
            atK));
  }

  private static List<Evals.AtK> atK(List<Outcome> outcomes, int samples) {
    List<Evals.AtK> rows = new ArrayList<>();
    int[] tries = PassAtK.tries(samples);
    for (int i = 0; i < tries.length; i++) {
      int at = i;
      int k = tries[i];
      List<Outcome> some = outcomes.stream().filter(outcome -> outcome.judged() >= k).toList();
      if (!some.isEmpty()) {
        var pass = Figure.of(some, outcome -> outcome.pass().get(at), samples);
        List<Outcome> voting = some.stream().filter(outcome -> !outcome.maj().isEmpty()).toList();
        Optional<Evals.Majority> majority = Optional.empty();
        if (!voting.isEmpty()) {
          var maj = Figure.of(voting, outcome -> outcome.maj().get(at), samples);
          majority = Optional.of(new Evals.Majority(maj.mean(), maj.low(), maj.high()));
        }
        rows.add(new Evals.AtK(k, pass.mean(), pass.low(), pass.high(), majority));
      }
    }
    return rows;
  }

  /**
   * The evaluation on these problems among rows of the same name: evaluations on the first N
   * problems that agree in the problems of a level, or of a domain, agree in its row.
   */
  static EvalResult recorded(List<Evals.Result> rows, List<EvalProblem> problems) {
    Map<Integer, List<EvalProblem>> byLevel = by(problems, EvalProblem::level);
    Map<String, List<EvalProblem>> byDomain = byDomain(problems, Function.identity());
    Map<Integer, Evals.Result> levels = new TreeMap<>();
    Map<String, Evals.Result> domains = new TreeMap<>();
    for (var row : rows) {
      row.level()
          .ifPresent(
              level -> {
                if (byLevel.getOrDefault(level, List.of()).size() == row.problems()) {
                  levels.put(level, row);
                }
              });
      row.domain()
          .ifPresent(
              domain -> {
                if (byDomain.getOrDefault(domain, List.of()).size() == row.problems()) {
                  domains.put(domain, row);
                }
              });
    }
    Evals.Result overall =
        rows.stream()
            .filter(row -> row.overall() && row.problems() == problems.size())
            .min(Comparator.comparingDouble(Evals.Result::seconds))
            .orElseThrow();
    return new EvalResult(overall, List.copyOf(levels.values()), List.copyOf(domains.values()), 0);
  }
}
