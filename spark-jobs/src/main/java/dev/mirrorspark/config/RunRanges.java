package dev.mirrorspark.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The range of every value of a run, and the relations between values. */
final class RunRanges {
  private static final List<String> SPLITS = List.of("train", "heldout", "warmup");
  private static final List<String> ANSWER_TYPES =
      List.of("integer", "decimal", "text", "expression", "math", "python_tests", "stdin_stdout");
  private static final List<String> FIELDS =
      List.of("prompt", "answer", "answer_type", "domain", "level", "solution", "image");

  private static final List<String> MAY_BE_MISSING =
      List.of("seccomp", "rlimits", "uid_switch", "memory_cgroup", "pids_cgroup");

  /** A value out of its range: its dotted key, and what is accepted there. */
  record Violation(String key, String accepted) {}

  private final List<Violation> violations = new ArrayList<>();

  private RunRanges() {}

  /** The first value out of its range, in the order of the keys. */
  static Optional<Violation> firstViolation(RunConfig config) {
    var ranges = new RunRanges();
    ranges.require(
        "run",
        config.run().matches("(?!\\.+$)[A-Za-z0-9._-]+"),
        "letters, digits, dot, underscore and hyphen");
    ranges.filled("warehouse", config.warehouse());
    ranges.model(config.model());
    ranges.violations.addAll(config.model().chat().violations());
    ranges.init(config.init());
    ranges.prompts(config.prompts(), config.reward().routes());
    ranges.curate(config.curate());
    ranges.examples(config.examples());
    ranges.violations.addAll(config.sft().violations());
    ranges.adam("sft.adam", config.sft().adam());
    ranges.sampling(config.sampling());
    ranges.violations.addAll(RolloutRanges.violations(config.rollout()));
    ranges.violations.addAll(config.rollout().engine().violations(config));
    ranges.reward(config.reward());
    ranges.rewardModel(config.rewardModel());
    ranges.gate(config.gate());
    ranges.train(config.train());
    ranges.update(config.update());
    ranges.eval(config.eval());
    ranges.sandbox(config.sandbox());
    ranges.violations.addAll(TestCasesRanges.violations(config.testcases()));
    ranges.violations.addAll(config.schedule().violations());
    ranges.violations.addAll(config.track().violations());
    ranges.require(
        "sampling.waves",
        config.sampling().waves() == 1 || !config.rollout().partial(),
        "1 with partial rollouts (rollout.budget, rollout.full_slots): their groups end in later"
            + " iterations");
    ranges.require(
        "rollout.cache_type",
        !config.rollout().cacheType().equals("int8")
            || config.model().device().equals("cpu")
                && config.model().precision().equals("fp32")
                && config.rollout().engine().kind().equals("builtin"),
        "model, or int8 with model.device: cpu, model.precision: fp32 and"
            + " rollout.engine.kind: builtin");
    VisionConfig.violation(config).ifPresent(ranges.violations::add);
    return ranges.violations.stream().findFirst();
  }

  private void model(RunConfig.Model model) {
    oneOf("model.device", model.device(), "cpu", "cuda");
    oneOf("model.precision", model.precision(), "fp32", "bf16");
    atLeast("model.threads", model.threads(), 1);
    oneOf("model.vision.train", model.vision().train(), "none", "projector", "all", "alone");
    atLeast("model.lora.rank", model.lora().rank(), 0);
    above("model.lora.alpha", model.lora().alpha(), 0);
    var targets = model.lora().targets();
    require(
        "model.lora.targets",
        !targets.isEmpty() && new LinkedHashSet<>(targets).size() == targets.size(),
        "one or more projections, none twice");
    for (int i = 0; i < targets.size(); i++) {
      oneOf(
          "model.lora.targets." + i, targets.get(i), LoraConfig.PROJECTIONS.toArray(String[]::new));
    }
  }

  private void init(RunConfig.Init init) {
    oneOf("init.family", init.family(), "qwen2", "qwen3", "llama", "mistral");
    atLeast("init.hidden", init.hidden(), 1);
    atLeast("init.layers", init.layers(), 1);
    atLeast("init.heads", init.heads(), 1);
    atLeast("init.kv_heads", init.kvHeads(), 1);
    atLeast("init.intermediate", init.intermediate(), 1);
    atLeast("init.max_positions", init.maxPositions(), 1);
    above("init.rope_theta", init.ropeTheta(), 0);
    above("init.rms_norm_eps", init.rmsNormEps(), 0);
    above("init.embedding_std", init.embeddingStd(), 0);
    atLeast("init.vision.depth", init.vision().depth(), 0);
    atLeast("init.vision.width", init.vision().width(), 1);
    atLeast("init.vision.heads", init.vision().heads(), 1);
    atLeast("init.vision.patch", init.vision().patch(), 1);
    atLeast("init.vision.merge", init.vision().merge(), 1);
    atLeast("init.vision.min_pixels", init.vision().minPixels(), 1);
    require(
        "init.characters",
        init.characters().codePoints().distinct().count() == init.characters().codePoints().count(),
        "text in which no character stands twice");
    if (violations.isEmpty()) {
      require(
          "init.hidden",
          init.hidden() % (2 * init.heads()) == 0,
          "a multiple of 2 × init.heads = %d (every head has an even width)"
              .formatted(2 * init.heads()));
      require(
          "init.kv_heads",
          init.heads() % init.kvHeads() == 0,
          "a divisor of init.heads = %d".formatted(init.heads()));
    }
  }

  private void prompts(RunConfig.Prompts prompts, List<RewardConfig.Route> routes) {
    filled("prompts.dataset", prompts.dataset());
    for (int i = 0; i < prompts.generators().size(); i++) {
      String key = "prompts.generators." + i;
      RunConfig.Generator generator = prompts.generators().get(i);
      filled(key + ".name", generator.name());
      atLeast(key + ".min_level", generator.minLevel(), 0);
      require(
          key + ".max_level",
          generator.maxLevel() >= generator.minLevel(),
          "a whole number from min_level = %d up".formatted(generator.minLevel()));
      above(key + ".weight", generator.weight(), 0);
    }
    atLeast("prompts.train", prompts.train(), 0);
    atLeast("prompts.heldout", prompts.heldout(), 0);
    atLeast("prompts.warmup", prompts.warmup(), 0);
    atLeast("prompts.twins", prompts.twins(), 0);
    for (int i = 0; i < prompts.imports().size(); i++) {
      imported("prompts.imports." + i, prompts.imports().get(i), routes);
    }
  }

  private void imported(String key, RunConfig.Import source, List<RewardConfig.Route> routes) {
    filled(key + ".file", source.file());
    require(
        key + ".format",
        List.of("", "jsonl", "csv", "parquet").contains(source.format()),
        "jsonl, csv, parquet, or \"\" (by the file's ending)");
    oneOf(key + ".split", source.split(), SPLITS.toArray(String[]::new));
    var answerTypes = new LinkedHashSet<>(ANSWER_TYPES);
    routes.stream()
        .map(RewardConfig.Route::answerType)
        .filter(type -> !type.isEmpty())
        .forEach(answerTypes::add);
    oneOf(key + ".answer_type", source.answerType(), answerTypes.toArray(String[]::new));
    require(
        key + ".fields",
        FIELDS.containsAll(source.fields().keySet()),
        "column names under the keys " + String.join(", ", FIELDS));
    source.fields().forEach((field, column) -> filled(key + ".fields." + field, column));
    require(
        key + ".answer_pattern",
        List.of("none", "after_hashes", "last_boxed").contains(source.answerPattern())
            || capturesGroup(source.answerPattern()),
        "none, after_hashes, last_boxed, or a regular expression whose first group is the answer");
  }

  private void curate(RunConfig.Curate curate) {
    for (int i = 0; i < curate.against().size(); i++) {
      filled("curate.against." + i, curate.against().get(i));
    }
    atLeast("curate.shingle_words", curate.shingleWords(), 1);
    positiveShare("curate.similarity", curate.similarity());
    atLeast("curate.bands", curate.bands(), 1);
    atLeast("curate.band_rows", curate.bandRows(), 1);
    atLeast("curate.bucket_cap", curate.bucketCap(), 1);
    atLeast("curate.domain_cap", curate.domainCap(), 0);
    atLeast("curate.samples", curate.samples(), 1);
    above("curate.temperature", curate.temperature(), 0);
    from("curate.min_pass_rate", curate.minPassRate(), 0);
    from("curate.max_pass_rate", curate.maxPassRate(), 0);
    atLeast("curate.guesses", curate.guesses(), 0);
    require(
        "curate.guess_template",
        curate.guessTemplate().contains("{problem}"),
        "text with {problem} in it");
    atLeast("curate.guess_tokens", curate.guessTokens(), 1);
    atLeast("curate.examples", curate.examples(), 0);
  }

  private void examples(RunConfig.Examples examples) {
    require("examples.split", SPLITS.contains(examples.split()), String.join(", ", SPLITS));
    atLeast("examples.problems", examples.problems(), 0);
    require(
        "examples.template",
        examples.template().contains("{problem}"),
        "text with {problem} where the problem stands");
    atLeast("examples.samples", examples.samples(), 1);
    from("examples.temperature", examples.temperature(), 0);
    atLeast("examples.keep", examples.keep(), 1);
    oneOf("examples.prefer", examples.prefer(), "first", "shortest", "longest");
    atLeast("examples.min_tokens", examples.minTokens(), 0);
  }

  private void sampling(RunConfig.Sampling sampling) {
    oneOf(
        "sampling.strategy", sampling.strategy(), "uniform", "curriculum", "prioritized", "mixed");
    oneOf("sampling.difficulty", sampling.difficulty(), "level", "pass_rate");
    oneOf("sampling.schedule", sampling.schedule(), "linear", "switch");
    atLeast("sampling.curriculum_iterations", sampling.curriculumIterations(), 1);
    positiveShare("sampling.hard_share", sampling.hardShare());
    positiveShare("sampling.decay", sampling.decay());
    double unseen = sampling.unseenRate();
    require("sampling.unseen_rate", unseen >= 0 && unseen <= 1, "a number from 0 to 1");
    atLeast("sampling.waves", sampling.waves(), 1);
  }

  private void reward(RewardConfig reward) {
    oneOf("reward.model_raw", reward.modelRaw(), "score", "verdict");
    from("reward.length_weight", reward.lengthWeight(), 0);
    atLeast("reward.length_warmup", reward.lengthWarmup(), 0);
    from("reward.repeat_penalty", reward.repeatPenalty(), 0);
    require(
        "reward.answer_pattern",
        List.of("", "answer_line").contains(reward.answerPattern())
            || capturesOneInLinearTime(reward.answerPattern()),
        "a regular expression in RE2's syntax with one capturing group, the answer; answer_line; or"
            + " \"\"");
    above("reward.math_seconds", reward.mathSeconds(), 0);
    for (int i = 0; i < reward.routes().size(); i++) {
      RewardConfig.Route route = reward.routes().get(i);
      String key = "reward.routes." + i;
      require(
          key + ".verifier",
          route.verifier().isEmpty() != route.url().isEmpty(),
          "the name of a verifier, or \"\" with a url: one of the two");
      endpoint(key, route.url(), route.tokenEnv());
    }
    above("reward.seconds", reward.seconds(), 0);
    atLeast("reward.partitions", reward.partitions(), 0);
    RewardConfig.Http http = reward.http();
    atLeast("reward.http.concurrency", http.concurrency(), 1);
    above("reward.http.connect_seconds", http.connectSeconds(), 0);
    above("reward.http.request_seconds", http.requestSeconds(), 0);
    atLeast("reward.http.attempts", http.attempts(), 1);
    from("reward.http.backoff_seconds", http.backoffSeconds(), 0);
    atLeast("reward.http.max_bytes", http.maxBytes(), 1);
    RewardConfig.Audit audit = reward.audit();
    require(
        "reward.audit.verifier",
        audit.verifier().isEmpty() || audit.url().isEmpty(),
        "the name of a verifier, or \"\" with a url: not both");
    endpoint("reward.audit", audit.url(), audit.tokenEnv());
    positiveShare("reward.audit.share", audit.share());
    RewardConfig.Judge judge = reward.judge();
    endpoint("reward.judge", judge.url(), judge.tokenEnv());
    require(
        "reward.judge.model",
        judge.url().isEmpty() || !judge.model().isBlank(),
        "the name that the endpoint knows the model by");
    triple("reward.judge.template", judge.template());
    atLeast("reward.judge.votes", judge.votes(), 1);
    from("reward.judge.temperature", judge.temperature(), 0);
    atLeast("reward.judge.max_tokens", judge.maxTokens(), 1);
    oneOf("reward.judge.raw", judge.raw(), "verdict", "score");
  }

  private void endpoint(String key, String url, String tokenEnv) {
    require(
        key + ".url",
        url.isEmpty() || isEndpoint(url),
        "an address such as http://host:8080/judge, without a user and a fragment (a token's"
            + " place is token_env)");
    require(
        key + ".token_env",
        tokenEnv.isEmpty() || !url.isEmpty() && tokenEnv.matches("[A-Za-z_][A-Za-z0-9_]*"),
        "the name of an environment variable, with a url");
  }

  static boolean isEndpoint(String url) {
    try {
      var uri = new URI(url);
      return List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null;
    } catch (URISyntaxException notAnAddress) {
      return false;
    }
  }

  private void rewardModel(RewardModelConfig model) {
    oneOf("reward_model.kind", model.kind(), "value_head", "chain_of_thought");
    for (int i = 0; i < model.runs().size(); i++) {
      filled("reward_model.runs." + i, model.runs().get(i));
    }
    atLeast("reward_model.iterations", model.iterations(), 0);
    atLeast("reward_model.triples", model.triples(), 4);
    double heldout = model.heldoutShare();
    require(
        "reward_model.heldout_share", heldout > 0 && heldout < 1, "a number above 0 and below 1");
    atLeast("reward_model.bins", model.bins(), 1);
    var head = model.valueHead();
    triple("reward_model.value_head.template", head.template());
    atLeast("reward_model.value_head.last_tokens", head.lastTokens(), 0);
    require(
        "reward_model.value_head.mean",
        head.mean() || head.lastTokens() > 0,
        "true where last_tokens is 0: without both there are no features");
    oneOf("reward_model.value_head.loss", head.loss(), "cross_entropy", "squared");
    atLeast("reward_model.value_head.hidden", head.hidden(), 0);
    atLeast("reward_model.value_head.epochs", head.epochs(), 1);
    atLeast("reward_model.value_head.batch", head.batch(), 1);
    atLeast("reward_model.value_head.average_every", head.averageEvery(), 1);
    above("reward_model.value_head.learning_rate", head.learningRate(), 0);
    from("reward_model.value_head.l2", head.l2(), 0);
    var judge = model.chainOfThought();
    triple("reward_model.chain_of_thought.template", judge.template());
    atLeast("reward_model.chain_of_thought.votes", judge.votes(), 1);
    from("reward_model.chain_of_thought.temperature", judge.temperature(), 0);
    atLeast("reward_model.chain_of_thought.max_tokens", judge.maxTokens(), 1);
  }

  private void triple(String key, String template) {
    require(
        key,
        template.contains("{reference}") && template.contains("{response}"),
        "text with {reference} and {response} in it, and {question} where it is wanted");
  }

  private void gate(RunConfig.Gate gate) {
    oneOf("gate.cut", gate.cut(), "train", "drop");
    oneOf("gate.duplicates", gate.duplicates(), "train", "drop");
    atLeast("gate.max_tokens", gate.maxTokens(), 0);
  }

  private void train(RunConfig.Train train) {
    oneOf("train.method", train.method(), "mirror_descent", "grpo", "rest", "distill");
    oneOf("train.earlier_segments", train.earlierSegments(), "train", "drop");
    atLeast("train.iterations", train.iterations(), 0);
    atLeast("train.prompts_per_iteration", train.promptsPerIteration(), 1);
    atLeast("train.samples", train.samples(), 1);
    require(
        "train.minibatches",
        train.minibatches() >= 1 && train.minibatches() <= train.promptsPerIteration(),
        "a whole number from 1 to train.prompts_per_iteration = %d"
            .formatted(train.promptsPerIteration()));
    above("train.tau", train.tau(), 0);
    oneOf("train.baseline", train.baseline(), "mean", "log_z");
    above("train.learning_rate", train.learningRate(), 0);
    atLeast("train.warmup_steps", train.warmupSteps(), 0);
    from("train.max_logprob_gap.mean", train.maxLogprobGap().mean(), 0);
    from("train.max_logprob_gap.p99", train.maxLogprobGap().p99(), 0);
    from("train.max_logprob_gap.max", train.maxLogprobGap().max(), 0);
    share("train.grpo.clip_low", train.grpo().clipLow());
    above("train.grpo.clip_high", train.grpo().clipHigh(), 0);
    from("train.grpo.kl", train.grpo().kl(), 0);
    above("train.dpo.beta", train.dpo().beta(), 0);
    from("train.dpo.length_ratio", train.dpo().lengthRatio(), 1);
    atLeast("train.dpo.rejected", train.dpo().rejected(), 0);
    adam("train.adam", train.adam());
  }

  private void adam(String key, RunConfig.Adam adam) {
    share(key + ".beta1", adam.beta1());
    share(key + ".beta2", adam.beta2());
    above(key + ".epsilon", adam.epsilon(), 0);
    from(key + ".weight_decay", adam.weightDecay(), 0);
    above(key + ".clip_norm", adam.clipNorm(), 0);
  }

  private void update(RunConfig.Update update) {
    atLeast("update.ranks", update.ranks(), 1);
    atLeast("update.micro_batch_tokens", update.microBatchTokens(), 1);
    atLeast("update.head_tokens", update.headTokens(), 1);
    atLeast("update.spread_above", update.spreadAbove(), 0);
    from("update.snapshot_minutes", update.snapshotMinutes(), 0);
  }

  private void eval(RunConfig.Eval eval) {
    oneOf("eval.split", eval.split(), SPLITS.toArray(String[]::new));
    atLeast("eval.problems", eval.problems(), 0);
    atLeast("eval.samples", eval.samples(), 1);
    atLeast("eval.every", eval.every(), 0);
    atLeast("eval.vote_inputs", eval.voteInputs(), 0);
  }

  private void sandbox(RunConfig.Sandbox sandbox) {
    atLeast("sandbox.slots", sandbox.slots(), 0);
    above("sandbox.cpu_seconds", sandbox.cpuSeconds(), 0);
    above("sandbox.wall_seconds", sandbox.wallSeconds(), 0);
    atLeast("sandbox.memory_mb", sandbox.memoryMb(), 16);
    atLeast("sandbox.processes", sandbox.processes(), 1);
    atLeast("sandbox.output_kb", sandbox.outputKb(), 1);
    atLeast("sandbox.disk_mb", sandbox.diskMb(), 1);
    atLeast("sandbox.retries", sandbox.retries(), 0);
    require(
        "sandbox.allow_missing",
        MAY_BE_MISSING.containsAll(sandbox.allowMissing()),
        "a list of " + String.join(", ", MAY_BE_MISSING));
    filled("sandbox.bubblewrap", sandbox.bubblewrap());
    atLeast("sandbox.first_uid", sandbox.firstUid(), 1);
    require(
        "sandbox.binds",
        sandbox.binds().stream().allMatch(folder -> folder.matches("/[^/].*")),
        "absolute paths of folders, not / itself");
    for (int i = 0; i < sandbox.languages().size(); i++) {
      language("sandbox.languages." + i, sandbox.languages().get(i));
    }
  }

  private void language(String key, RunConfig.SandboxLanguage language) {
    filled(key + ".name", language.name());
    require(key + ".file", language.file().matches("\\w[\\w.-]*"), "a file name without folder");
    require(key + ".run", !language.run().isEmpty(), "a list of words, the program first");
    require(key + ".compile_error", isPattern(language.compileError()), "a regular expression");
    require(key + ".memory_error", isPattern(language.memoryError()), "a regular expression");
    atLeast(key + ".extra_memory_mb", language.extraMemoryMb(), 0);
  }

  private void require(String key, boolean holds, String accepted) {
    if (!holds) {
      violations.add(new Violation(key, accepted));
    }
  }

  private void atLeast(String key, int value, int least) {
    require(key, value >= least, "a whole number from %d up".formatted(least));
  }

  private void above(String key, double value, int bound) {
    require(key, value > bound && Double.isFinite(value), "a number above %d".formatted(bound));
  }

  private void from(String key, double value, int bound) {
    require(key, value >= bound && Double.isFinite(value), "a number from %d up".formatted(bound));
  }

  private void share(String key, double value) {
    require(key, value >= 0 && value < 1, "a number from 0 to below 1");
  }

  private void positiveShare(String key, double value) {
    require(key, value > 0 && value <= 1, "a number above 0, up to 1");
  }

  private void filled(String key, String value) {
    require(key, !value.isBlank(), "text that is not blank");
  }

  private void oneOf(String key, String value, String... choices) {
    require(key, Arrays.asList(choices).contains(value), String.join(", ", choices));
  }

  private static boolean isPattern(String pattern) {
    try {
      Pattern.compile(pattern);
      return true;
    } catch (PatternSyntaxException notAPattern) {
      return false;
    }
  }

  private static boolean capturesOneInLinearTime(String pattern) {
    try {
      return com.google.re2j.Pattern.compile(pattern).groupCount() == 1;
    } catch (com.google.re2j.PatternSyntaxException notAPattern) {
      return false;
    }
  }

  private static boolean capturesGroup(String pattern) {
    try {
      return Pattern.compile(pattern).matcher("").groupCount() >= 1;
    } catch (PatternSyntaxException notAPattern) {
      return false;
    }
  }
}
