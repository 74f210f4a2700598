package dev.mirrorspark.report;

import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies.Policy;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One run of an experiment: an arm with a seed.
 *
 * @param planned iterations that the run is to have
 * @param iterations those that it has
 * @param evals its evaluations, over all levels
 */
public record Trial(
    String arm,
    long seed,
    int planned,
    List<Iterations.Metrics> iterations,
    List<Policy> policies,
    List<Evals.Result> evals) {

  /**
   * One point of a curve.
   *
   * @param x what the policy measured had cost: iterations, tokens or seconds
   * @param y the measurement; shares in percent
   */
  public record Point(double x, double y) {}

  public Trial {
    iterations =
        iterations.stream().sorted(Comparator.comparingInt(Iterations.Metrics::iteration)).toList();
    policies = List.copyOf(policies);
    evals = List.copyOf(evals);
  }

  /** Whether the run has its iterations and its last policy is evaluated both ways. */
  public boolean complete() {
    return iterations.size() >= planned
        && at(Evals.GREEDY, iterations.size()).isPresent()
        && at(Evals.SAMPLING, iterations.size()).isPresent();
  }

  /** The evaluation of the policy that the first iteration started from. */
  public Optional<Evals.Result> start(String mode) {
    return at(mode, 0);
  }

  /** The evaluation of the last policy; empty while the run is not complete. */
  public Optional<Evals.Result> last(String mode) {
    return complete() ? at(mode, iterations.size()) : Optional.empty();
  }

  /** Sum over all iterations. */
  public double total(ToDoubleFunction<Iterations.Metrics> value) {
    return iterations.stream().mapToDouble(value).sum();
  }

  /**
   * A measurement over what the measured policy had cost. The metrics of iteration i are those of
   * the policy that i iterations have made, so that every curve starts at 0.
   *
   * @param x {@code iteration}, {@code rollout_tokens}, {@code update_tokens} or {@code seconds}
   * @param y {@code accuracy}, {@code mean_tokens}, {@code kept_fraction}, {@code entropy}, {@code
   *     eval greedy} or {@code eval sampling}
   */
  public List<Point> curve(String x, String y) {
    return switch (y) {
      case "accuracy" -> metrics(x, row -> 100 * row.accuracy());
      case "mean_tokens" -> metrics(x, Iterations.Metrics::meanTokens);
      case "kept_fraction" -> metrics(x, row -> 100 * row.keptFraction());
      case "entropy" -> metrics(x, Iterations.Metrics::entropy);
      case "eval greedy" -> evaluations(x, Evals.GREEDY);
      case "eval sampling" -> evaluations(x, Evals.SAMPLING);
      default -> throw new IllegalArgumentException("no such measurement: " + y);
    };
  }

  /**
   * A measurement of the newest policy; empty while the run is not complete.
   *
   * @param y as of {@link #curve}
   */
  public Optional<Double> end(String y) {
    List<Point> curve = complete() ? curve("iteration", y) : List.of();
    return curve.isEmpty() ? Optional.empty() : Optional.of(curve.get(curve.size() - 1).y());
  }

  /**
   * Accuracy in percent over the mean tokens of the responses that it was measured on, a point an
   * iteration or an evaluation.
   *
   * @param y {@code accuracy}, {@code eval greedy} or {@code eval sampling}
   */
  public List<Point> lengths(String y) {
    return switch (y) {
      case "accuracy" ->
          iterations.stream()
              .map(row -> new Point(row.meanTokens(), 100 * row.accuracy()))
              .filter(point -> !Double.isNaN(point.y())) // no response ended in it
              .toList();
      case "eval greedy" -> lengthsOf(Evals.GREEDY);
      case "eval sampling" -> lengthsOf(Evals.SAMPLING);
      default -> throw new IllegalArgumentException("no accuracy: " + y);
    };
  }

  private List<Point> lengthsOf(String mode) {
    return ages()
        .flatMap(age -> at(mode, age).stream())
        .map(eval -> new Point(eval.meanTokens(), 100 * eval.passAt1()))
        .toList();
  }

  private List<Point> metrics(String x, ToDoubleFunction<Iterations.Metrics> value) {
    return iterations.stream()
        .map(row -> new Point(cost(x, row.iteration()), value.applyAsDouble(row)))
        .filter(point -> !Double.isNaN(point.y()))
        .toList();
  }

  private List<Point> evaluations(String x, String mode) {
    return ages().flatMap(age -> at(mode, age).stream().map(eval -> point(x, age, eval))).toList();
  }

  /** Iterations behind the policies that were evaluated, in rising order. */
  private Stream<Integer> ages() {
    return evals.stream()
        .map(this::age)
        .filter(age -> age.isPresent() && age.get() <= iterations.size())
        .map(Optional::get)
        .distinct()
        .sorted();
  }

  private Point point(String x, int age, Evals.Result eval) {
    return new Point(cost(x, age), 100 * eval.passAt1());
  }

  private double cost(String x, int finished) {
    return iterations.stream()
        .filter(row -> row.iteration() < finished)
        .mapToDouble(row -> cost(x, row))
        .sum();
  }

  private static double cost(String x, Iterations.Metrics row) {
    return switch (x) {
      case "iteration" -> 1;
      case "rollout_tokens" -> row.rolloutTokens();
      case "update_tokens" -> row.updateTokens();
      case "seconds" -> row.seconds();
      default -> throw new IllegalArgumentException("no such cost: " + x);
    };
  }

  /** The evaluation after so many iterations; of several, the one on the most responses. */
  private Optional<Evals.Result> at(String mode, int finished) {
    return evals.stream()
        .filter(eval -> eval.mode().equals(mode))
        .filter(eval -> age(eval).equals(Optional.of(finished)))
        .max(
            Comparator.comparingLong((Evals.Result eval) -> (long) eval.problems() * eval.samples())
                .thenComparing(Evals.Result::policyVersion));
  }

  /** Iterations behind the policy of an evaluation. */
  private Optional<Integer> age(Evals.Result eval) {
    Map<Integer, Policy> byVersion =
        policies.stream().collect(Collectors.toMap(Policy::version, policy -> policy));
    return Optional.ofNullable(byVersion.get(eval.policyVersion()))
        .map(policy -> policy.iteration().isEmpty() ? 0 : policy.iteration().getAsInt() + 1);
  }
}
