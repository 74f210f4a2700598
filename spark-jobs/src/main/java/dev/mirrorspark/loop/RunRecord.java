package dev.mirrorspark.loop;

import dev.mirrorspark.config.RewardConfig;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.ScheduleConfig;
import dev.mirrorspark.config.TrackConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Runs;
import dev.mirrorspark.table.Runs.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.functions;

/** The row of table {@code runs}: what a run was started with, so that it goes on the same way. */
final class RunRecord {
  private RunRecord() {}

  /**
   * Compares the settings with those that the run was started with, if it was; writes nothing.
   *
   * <p>What cannot change a result may differ: how many iterations, what is evaluated, where the
   * warehouse lies, where and with how many threads the model computes, where endpoints are and how
   * long verifiers may take, the audit, how the sandbox is set up, how test cases are made, when
   * the run is started, what tracks it. A key that the run was started without, since its version
   * did not have it, counts as the default: those of new keys leave everything as it was.
   *
   * @throws UserError if the run was started with other settings; names the first that differs
   */
  static void check(Session session) {
    var config = session.config();
    Optional<Run> recorded =
        session
            .warehouse()
            .read(Runs.TABLE)
            .where(functions.col("run").equalTo(config.run()))
            .collectAsList()
            .stream()
            .map(Run::from)
            .findFirst();
    if (recorded.isEmpty()) {
      ForkRun.requireWhole(session);
      return;
    }
    if (!recorded.get().configHash().equals(RunFile.hash(fixed(config)))) {
      difference(config, recorded.get().config())
          .ifPresent(
              difference -> {
                throw new UserError(difference);
              });
    }
    if (!recorded.get().instructionSet().equals(instructionSet())) {
      session
          .progress()
          .line(
              "note: this run was started on "
                  + recorded.get().instructionSet()
                  + ", this machine has "
                  + instructionSet()
                  + ": results from here on can differ in the last bits");
    }
  }

  /** Records the settings that the run starts with; where they are there, does nothing. */
  static void start(Session session) {
    start(session, Optional.empty());
  }

  /** The same of a run that goes on from another's iteration, {@code run@iteration}. */
  static void start(Session session, Optional<String> forkedFrom) {
    var config = session.config();
    RunConfig fixed = fixed(config);
    var run =
        new Run(
            config.run(),
            RunFile.hash(fixed),
            RunFile.toYaml(fixed),
            config.seed(),
            instructionSet(),
            versions(session),
            Instant.now(),
            forkedFrom);
    session.warehouse().append(Runs.TABLE, List.of(run.toRow()), config.run() + "/runs", 0);
  }

  /** The settings that can change a result. */
  static RunConfig fixed(RunConfig c) {
    return new RunConfig(
        c.run(),
        c.seed(),
        "any",
        new RunConfig.Model(
            c.model().path(),
            "cpu",
            c.model().precision(),
            1,
            c.model().lora(),
            c.model().chat(),
            c.model().vision()),
        c.init(),
        c.prompts(),
        c.curate(),
        c.examples(),
        c.sft(),
        c.sampling(),
        fixed(c.rollout()),
        fixed(c.reward()),
        c.rewardModel(),
        c.gate(),
        new RunConfig.Train(
            1,
            c.train().method(),
            c.train().teacher(),
            c.train().earlierSegments(),
            c.train().promptsPerIteration(),
            c.train().samples(),
            c.train().minibatches(),
            c.train().tau(),
            c.train().baseline(),
            c.train().learningRate(),
            c.train().warmupSteps(),
            c.train().resetOptimizer(),
            c.train().maxLogprobGap(),
            c.train().grpo(),
            c.train().dpo(),
            c.train().adam()),
        new RunConfig.Update(
            c.update().ranks(),
            c.update().microBatchTokens(),
            c.update().recompute(),
            c.update().headTokens(),
            c.update().spreadAbove(),
            0),
        new RunConfig.Eval("heldout", 0, 1, 0, 0),
        fixed(c.sandbox()),
        RunFile.load(Optional.empty(), List.of()).testcases(),
        new ScheduleConfig(1, 0, 0),
        TrackConfig.NONE);
  }

  /** Of the rollouts: without the addresses of another engine. */
  private static RunConfig.Rollout fixed(RunConfig.Rollout c) {
    return new RunConfig.Rollout(
        c.partitions(),
        c.slots(),
        c.temperature(),
        c.maxTokens(),
        c.budget(),
        c.fullSlots(),
        c.maxAge(),
        c.repeatTokens(),
        c.topK(),
        c.topP(),
        c.minP(),
        c.minTokens(),
        c.stop(),
        c.stopIds(),
        c.cacheTokens(),
        c.cacheType(),
        c.engine().fixed());
  }

  /** Of the rewards: without limits, addresses, and the audit, which rewards nothing. */
  private static RewardConfig fixed(RewardConfig reward) {
    return new RewardConfig(
        reward.model(),
        reward.modelRaw(),
        reward.lengthWeight(),
        reward.lengthWarmup(),
        reward.repeatPenalty(),
        reward.answerPattern(),
        1,
        reward.routes().stream()
            .map(
                route ->
                    new RewardConfig.Route(
                        route.answerType(),
                        route.domain(),
                        route.verifier(),
                        route.url().isEmpty() ? "" : "any",
                        ""))
            .toList(),
        1,
        0,
        new RewardConfig.Http(1, 1, 1, 1, 1, 1),
        new RewardConfig.Audit("", "", "", 1),
        fixed(reward.judge()));
  }

  private static RewardConfig.Judge fixed(RewardConfig.Judge judge) {
    return new RewardConfig.Judge(
        judge.url().isEmpty() ? "" : "any",
        judge.model(),
        "",
        judge.template(),
        judge.votes(),
        judge.temperature(),
        judge.maxTokens(),
        judge.raw());
  }

  private static RunConfig.Sandbox fixed(RunConfig.Sandbox c) {
    return new RunConfig.Sandbox(
        0,
        c.cpuSeconds(),
        c.wallSeconds(),
        c.memoryMb(),
        c.processes(),
        c.outputKb(),
        c.diskMb(),
        0,
        List.of(),
        "any",
        1,
        List.of(),
        c.languages());
  }

  /**
   * Recorded settings with the keys that have come since; as they are if this version has fewer.
   */
  private static String withNewKeys(String recorded) {
    try {
      return RunFile.toYaml(fixed(RunFile.parse(recorded, List.of())));
    } catch (UserError unreadable) {
      return recorded;
    }
  }

  /** What differs from the recorded settings, if anything does: the first line and its keys. */
  static Optional<String> difference(RunConfig config, String recorded) {
    String was = withNewKeys(recorded);
    String now = RunFile.toYaml(fixed(config));
    return was.equals(now) ? Optional.empty() : Optional.of(difference(config, was, now));
  }

  private static String difference(RunConfig config, String recorded, String now) {
    String[] was = recorded.split("\n");
    String[] is = now.split("\n");
    String[] path = new String[16];
    Arrays.fill(path, "");
    for (int i = 0; i < Math.min(was.length, is.length); i++) {
      String key = is[i].strip().split(":")[0];
      int depth = (is[i].length() - is[i].stripLeading().length()) / 2;
      path[depth] = key;
      if (!was[i].equals(is[i])) {
        String name = String.join(".", List.of(path).subList(0, depth + 1));
        return "run "
            + config.run()
            + " in warehouse "
            + config.warehouse()
            + " was started with `"
            + was[i].strip()
            + "`, now `"
            + is[i].strip()
            + "` ("
            + name
            + "): restore it, or start another run with --set run=NAME";
      }
    }
    return "run "
        + config.run()
        + " in warehouse "
        + config.warehouse()
        + " was started with other settings: restore them, or start another run with --set"
        + " run=NAME";
  }

  private static Map<String, String> versions(Session session) {
    return Map.of(
        "spark", session.spark().version(),
        "java", System.getProperty("java.version"));
  }

  /** The widest vector instructions of this processor: results are bit-equal only on the same. */
  static String instructionSet() {
    String architecture = System.getProperty("os.arch");
    try {
      String flags = Files.readString(Path.of("/proc/cpuinfo"));
      for (String set : List.of("avx512_bf16", "avx512f", "avx2", "asimd")) {
        if (flags.contains(set)) {
          return architecture + " " + set;
        }
      }
    } catch (IOException e) {
      return architecture;
    }
    return architecture;
  }
}
