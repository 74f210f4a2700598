package dev.mirrorspark.experiment;

import dev.mirrorspark.config.Long2ShortConfig;
import dev.mirrorspark.config.Long2ShortFile;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.long2short.TradeOff;
import dev.mirrorspark.loop.DpoRun;
import dev.mirrorspark.loop.EvaluationRun;
import dev.mirrorspark.loop.ModelMerge;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.SftRun;
import dev.mirrorspark.loop.ShortestRun;
import dev.mirrorspark.loop.TrainingRun;
import dev.mirrorspark.table.Policies.Policy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * The `long2short run` command (Kimi k1.5, 2.4): a long and a short model, then one method after
 * another, each a run of its own that is evaluated as all others are. What the tables hold is not
 * done again; a run that was stopped goes on where they say it stands.
 */
public final class Long2ShortRun {
  private static final int PERCENT = 100;

  private final Session session;
  private final Long2ShortFile file;
  private final Long2ShortConfig config;
  private final PreparedProblems problems;
  private final RunTables tables;

  /** What is there so far of a seed, by name, in the order in which it came. */
  private final Map<String, Policy> made = new LinkedHashMap<>();

  private Long2ShortRun(
      Session session, Long2ShortFile file, Function<RunConfig, Set<String>> answerTypes) {
    this.session = session;
    this.file = file;
    this.config = file.config();
    this.problems = new PreparedProblems(answerTypes);
    this.tables = new RunTables(session.warehouse());
  }

  /**
   * Runs whatever the tables do not hold yet.
   *
   * @param session its run is the file's own name
   * @param answerTypes answer types that imported problems may have
   */
  public static void run(
      Session session, Long2ShortFile file, Function<RunConfig, Set<String>> answerTypes) {
    session.config().schedule().requireNoLimit("long2short run");
    for (long seed : file.config().seeds()) {
      new Long2ShortRun(session, file, answerTypes).run(seed);
    }
  }

  /** The names of the runs and what each does, in the order in which they run. */
  public static List<List<String>> plan(Long2ShortFile file) {
    List<List<String>> plan = new ArrayList<>();
    var config = file.config();
    for (long seed : config.seeds()) {
      plan.add(plan(file, Long2ShortConfig.LONG, config.longModel(), seed));
      plan.add(plan(file, Long2ShortConfig.SHORT, config.shortModel(), seed));
      for (var step : config.methods()) {
        String teacher = step.teacher().isEmpty() ? "" : ", teacher " + step.teacher();
        plan.add(
            List.of(
                file.run(step.name(), seed),
                step.method() + " of " + String.join(", ", step.from()) + teacher));
      }
    }
    return plan;
  }

  private static List<String> plan(
      Long2ShortFile file, String name, Long2ShortConfig.Model model, long seed) {
    String from = model.from().isEmpty() ? "" : " from " + model.from();
    return List.of(
        file.run(name, seed), model.path().isEmpty() ? "trained" + from : "model " + model.path());
  }

  private void run(long seed) {
    model(Long2ShortConfig.LONG, config.longModel(), seed);
    model(Long2ShortConfig.SHORT, config.shortModel(), seed);
    for (var step : config.methods()) {
      String from = step.from().get(0);
      String start = from.equals(Long2ShortConfig.BEST) ? best(seed) : from;
      does(
          step.name(),
          seed,
          "%s of %s".formatted(step.method(), String.join(", ", shown(step, start))),
          () -> step(step, seed, start));
    }
  }

  private static List<String> shown(Long2ShortConfig.Step step, String start) {
    return step.from().contains(Long2ShortConfig.BEST) ? List.of("best, " + start) : step.from();
  }

  private void model(String name, Long2ShortConfig.Model model, long seed) {
    Optional<String> start =
        model.path().isEmpty()
            ? Optional.of(model.from()).filter(from -> !from.isEmpty()).map(this::checkpoint)
            : Optional.of(model.path());
    Session of = of(file.model(name, seed, start));
    does(
        name,
        seed,
        model.path().isEmpty() ? "training" : model.path(),
        () -> {
          problems.prepare(of);
          if (model.path().isEmpty()) {
            SftRun.run(of);
          }
          if (model.path().isEmpty() && of.config().train().iterations() > 0) {
            TrainingRun.run(of);
          } else if (!model.path().isEmpty()) {
            TrainingRun.begin(of);
          }
        });
  }

  private void step(Long2ShortConfig.Step step, long seed, String start) {
    Optional<String> teacher =
        Optional.of(step.teacher()).filter(name -> !name.isEmpty()).map(this::checkpoint);
    Session of = of(file.step(step, seed, checkpoint(start), teacher));
    problems.prepare(of);
    switch (step.method()) {
      case "merge" -> merge(step, of);
      case "shortest" -> ShortestRun.run(of);
      case "dpo" -> DpoRun.run(of);
      default -> TrainingRun.run(of);
    }
  }

  private void merge(Long2ShortConfig.Step step, Session of) {
    var sources =
        step.from().stream()
            .map(made::get)
            .map(policy -> policy.run() + "@" + policy.version())
            .toList();
    List<Double> weights =
        step.weights().isEmpty() ? Collections.nCopies(sources.size(), 1.0) : step.weights();
    ModelMerge.toRun(of, sources, weights, Optional.empty());
  }

  /** Does what makes a policy, then evaluates it. */
  private void does(String name, long seed, String what, Runnable work) {
    String run = file.run(name, seed);
    session.progress().line("── %s: %s (%s)".formatted(name, what, run));
    try (var lock = session.warehouse().hold(run, session.config().schedule().leaseTerm())) {
      work.run();
      Policy policy = tables.newest(run);
      made.put(name, policy);
      EvaluationRun.run(of(file.evaluation(name, seed)), OptionalInt.of(policy.version()));
    }
  }

  /** The name of what has the best trade-off so far, by its sampled evaluation. */
  private String best(long seed) {
    List<TradeOff> all =
        made.entrySet().stream()
            .map(
                one -> {
                  var evaluation = file.evaluation(one.getKey(), seed);
                  var found = tables.sampled(evaluation, one.getValue().version());
                  return new TradeOff(one.getKey(), found.passAt1(), found.meanTokens());
                })
            .toList();
    var best = TradeOff.best(all, config.tolerance() / PERCENT);
    session
        .progress()
        .line(
            "best trade-off: %s, %.1f%% in %.1f tokens"
                .formatted(best.name(), PERCENT * best.accuracy(), best.meanTokens()));
    return best.name();
  }

  private String checkpoint(String name) {
    return made.get(name).checkpoint();
  }

  private Session of(RunConfig config) {
    return new Session(session.spark(), session.warehouse(), config, session.progress());
  }
}
