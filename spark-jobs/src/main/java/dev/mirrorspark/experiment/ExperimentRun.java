package dev.mirrorspark.experiment;

import dev.mirrorspark.config.ExperimentConfig;
import dev.mirrorspark.config.ExperimentFile;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.loop.EvaluationRun;
import dev.mirrorspark.loop.RunStanding;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.SftRun;
import dev.mirrorspark.loop.TrainingRun;
import dev.mirrorspark.report.Progress;
import dev.mirrorspark.table.Policies.Policy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * The `experiment` command: a grid of runs, arms × seeds, one after another in one Spark session. A
 * finished run is skipped, a run that was stopped goes on where its tables say it stands.
 */
public final class ExperimentRun {
  private final Session session;
  private final ExperimentFile file;
  private final PreparedProblems problems;
  private final RunTables tables;
  private final int runs;
  private int begun;

  private ExperimentRun(
      Session session, ExperimentFile file, Function<RunConfig, Set<String>> answerTypes) {
    this.session = session;
    this.file = file;
    this.problems = new PreparedProblems(answerTypes);
    this.tables = new RunTables(session.warehouse());
    this.runs = plan(file).size();
  }

  /**
   * Runs whatever the tables do not hold yet.
   *
   * @param session its run is the experiment's own name
   * @param answerTypes answer types that imported problems may have
   */
  public static void run(
      Session session, ExperimentFile file, Function<RunConfig, Set<String>> answerTypes) {
    session.config().schedule().requireNoLimit("experiment");
    new ExperimentRun(session, file, answerTypes).runAll();
  }

  /** The names of the runs and what sets each apart, in the order in which they run. */
  public static List<List<String>> plan(ExperimentFile file) {
    List<List<String>> plan = new ArrayList<>();
    for (long seed : file.config().seeds()) {
      Set<String> warmups = new HashSet<>();
      for (var arm : file.config().arms()) {
        var config = file.run(arm, seed, Optional.empty());
        if (sharesWarmup(file, config)) {
          String warmup = file.warmup(arm, seed).run();
          if (warmups.add(warmup)) {
            plan.add(List.of(warmup, "problems and warm-up"));
          }
        }
        plan.add(
            List.of(
                config.run(),
                "%d iterations %s"
                    .formatted(config.train().iterations(), String.join(" ", file.shown(arm)))
                    .strip()));
      }
    }
    return plan;
  }

  /** With no epoch of warm-up, an arm starts from the model that the base names. */
  private static boolean sharesWarmup(ExperimentFile file, RunConfig arm) {
    return file.config().sharedWarmup() && arm.sft().epochs() > 0;
  }

  private void runAll() {
    double start = System.nanoTime() * 1e-9;
    var progress = session.progress();
    int ran = 0;
    try (var whole = progress.stage("experiment " + file.config().name(), runs)) {
      for (long seed : file.config().seeds()) {
        Map<String, String> warm = new HashMap<>();
        for (var arm : file.config().arms()) {
          Optional<String> policy = Optional.empty();
          if (sharesWarmup(file, file.run(arm, seed, Optional.empty()))) {
            RunConfig warmup = file.warmup(arm, seed);
            if (!warm.containsKey(warmup.run())) {
              whole.update(begun, "warm-up, seed " + seed);
              warm.put(warmup.run(), warmUp(warmup).checkpoint());
            }
            policy = Optional.of(warm.get(warmup.run()));
          }
          whole.update(begun, "arm %s, seed %d".formatted(arm.name(), seed));
          ran += arm(arm, seed, policy) ? 1 : 0;
        }
      }
    }
    double seconds = System.nanoTime() * 1e-9 - start;
    progress.line(
        ran == 0
            ? "experiment %s: all %d runs are finished".formatted(file.config().name(), runs)
            : "experiment %s: %d runs, took %s"
                .formatted(file.config().name(), runs, Progress.duration(seconds)));
  }

  private Policy warmUp(RunConfig config) {
    var of = of(config);
    try (var lock = session.warehouse().hold(config.run(), config.schedule().leaseTerm())) {
      Optional<Policy> done = tables.warmedUp(config.run());
      title(config, done.isPresent() ? "warm-up, finished" : "warm-up");
      if (done.isEmpty()) {
        problems.prepare(of);
      }
      return SftRun.run(of);
    }
  }

  /** Whether there was anything to do. */
  private boolean arm(ExperimentConfig.Arm arm, long seed, Optional<String> start) {
    RunConfig config = file.run(arm, seed, start);
    config.schedule().requireNoLimit("experiment");
    var of = of(config);
    try (var lock = session.warehouse().hold(config.run(), config.schedule().leaseTerm())) {
      String what = "arm %s, seed %d".formatted(arm.name(), seed);
      if (RunStanding.trained(of) && tables.trial(arm.name(), seed, config).complete()) {
        title(config, what + ", finished");
        return false;
      }
      title(config, what);
      problems.prepare(of);
      if (start.isEmpty() && config.sft().epochs() > 0) {
        SftRun.run(of);
      }
      TrainingRun.run(of);
      EvaluationRun.run(of, OptionalInt.of(tables.start(config.run())));
      EvaluationRun.run(of, OptionalInt.empty());
      return true;
    }
  }

  private void title(RunConfig config, String what) {
    begun++;
    session.progress().line("── run %d of %d: %s (%s)".formatted(begun, runs, config.run(), what));
  }

  private Session of(RunConfig config) {
    return new Session(session.spark(), session.warehouse(), config, session.progress());
  }
}
