package dev.mirrorspark.experiment;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.report.Summary;
import dev.mirrorspark.report.Trial;
import dev.mirrorspark.table.Evals;
import dev.mirrorspark.table.Iterations;
import dev.mirrorspark.table.Policies;
import dev.mirrorspark.table.Policies.Policy;
import dev.mirrorspark.table.Policies.ProducedBy;
import dev.mirrorspark.table.TableSchema;
import dev.mirrorspark.table.Warehouse;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** What the tables hold of the runs of an experiment. */
record RunTables(Warehouse warehouse) {

  /** The run of an arm with a seed, as far as it is. */
  Trial trial(String arm, long seed, RunConfig config) {
    List<Policy> policies = policies(config.run());
    var all = rows(Evals.TABLE, config.run(), Evals.Result::from);
    List<Evals.Result> evals =
        new Summary(all, policies).evals().stream().filter(eval -> asked(eval, config)).toList();
    return new Trial(
        arm,
        seed,
        config.train().iterations(),
        rows(Iterations.TABLE, config.run(), Iterations.Metrics::from),
        policies,
        evals);
  }

  private static boolean asked(Evals.Result eval, RunConfig config) {
    int problems = config.eval().problems();
    return eval.dataset().equals(config.prompts().dataset())
        && eval.split().equals(config.eval().split())
        && (problems == 0 || eval.problems() <= problems)
        && (eval.mode().equals(Evals.GREEDY) || eval.samples() == config.eval().samples());
  }

  /** The policy that the supervised warm-up of a run made. */
  Optional<Policy> warmedUp(String run) {
    return policies(run).stream().filter(p -> p.producedBy() == ProducedBy.SFT).findFirst();
  }

  /** Version of the policy that the first iteration of a run starts from. */
  int start(String run) {
    return policies(run).stream()
        .filter(policy -> policy.producedBy() != ProducedBy.RL)
        .mapToInt(Policy::version)
        .max()
        .orElseThrow();
  }

  /** The newest policy of a run. */
  Policy newest(String run) {
    return policies(run).stream().max(Comparator.comparingInt(Policy::version)).orElseThrow();
  }

  /** How a policy of a run did, by sampling, over all problems. */
  Evals.Result sampled(RunConfig config, int version) {
    return asked(config, Evals.SAMPLING)
        .filter(eval -> eval.policyVersion() == version)
        .findFirst()
        .orElseThrow();
  }

  /** How the newest policy of a run did that is evaluated in a mode, over all problems. */
  Optional<Evals.Result> newest(RunConfig config, String mode) {
    return asked(config, mode).max(Comparator.comparingInt(Evals.Result::policyVersion));
  }

  private Stream<Evals.Result> asked(RunConfig config, String mode) {
    return rows(Evals.TABLE, config.run(), Evals.Result::from).stream()
        .filter(eval -> eval.overall() && eval.mode().equals(mode) && asked(eval, config));
  }

  private List<Policy> policies(String run) {
    return rows(Policies.TABLE, run, Policy::from);
  }

  private <T> List<T> rows(TableSchema table, String run, Function<Row, T> read) {
    return warehouse
        .read(table)
        .where(functions.col(TableSchema.RUN).equalTo(run))
        .collectAsList()
        .stream()
        .map(read)
        .toList();
  }
}
