package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads an experiment file, as strictly as a run file, and resolves the run file of each of its
 * runs: the base, then {@code set}, then the arm's {@code set}.
 */
public final class ExperimentFile {
  private static final List<String> OF_THE_EXPERIMENT = List.of("run", "seed", "warehouse");
  private static final List<String> OF_THE_WARMUP = List.of("init", "prompts", "sft", "model.path");
  private static final List<String> AFTER_THE_WARMUP =
      List.of("sampling", "rollout", "reward", "gate", "train", "eval");

  private static final String GIVEN_BY_THE_EXPERIMENT =
      "the experiment gives each run its own; set name, seeds and warehouse at the top level";

  private final RunText text;
  private final List<Setting> overrides;
  private final ExperimentConfig config;
  private final RunText base;

  private ExperimentFile(RunText text, List<Setting> overrides, RunText base) {
    this.text = text;
    this.overrides = overrides;
    this.config = bind(text, overrides);
    this.base = base;
  }

  /**
   * The experiment in a file, every run of it checked.
   *
   * @param sets overrides {@code key=value} of the experiment file, such as {@code seeds=[1]} or
   *     {@code set.train.iterations=2}
   * @throws UserError as {@link RunFile#load}, for the experiment file, its base and each arm
   */
  public static ExperimentFile load(Path file, List<String> sets) {
    var text =
        RunText.parse(
            RunFile.YAML,
            file.toString(),
            RunFile.read(file, "an experiment file"),
            ExperimentFile::holdsRunKeys);
    nestSettings(text.tree());
    var keys = new Keys(ExperimentConfig.class);
    List<Setting> overrides =
        sets.stream().map(set -> Setting.parse(RunFile.YAML, keys, set)).toList();
    Path base =
        file.toAbsolutePath().normalize().resolveSibling(bind(text, overrides).base()).normalize();
    Path shown = file.isAbsolute() ? base : Path.of("").toAbsolutePath().relativize(base);
    var experiment = new ExperimentFile(text, overrides, RunFile.text(Optional.of(shown)));
    experiment.check();
    return experiment;
  }

  /** The values of the file. */
  public ExperimentConfig config() {
    return config;
  }

  /** What all runs have in common; its run bears the name of the experiment. */
  public RunConfig common() {
    return resolve(
        config.name(), config.seeds().get(0), settings("set", config.set()), Optional.empty());
  }

  /**
   * The run that warms a seed's first policy up for all arms. It has the settings of the base where
   * a warm-up does not read them, so that experiments can share it.
   */
  public RunConfig warmup(long seed) {
    String name = config.warmup().isEmpty() ? config.name() : config.warmup();
    List<Setting> common =
        settings("set", config.set()).stream()
            .filter(setting -> AFTER_THE_WARMUP.stream().noneMatch(key -> within(setting, key)))
            .toList();
    return resolve("%s-seed-%d-warmup".formatted(name, seed), seed, common, Optional.empty());
  }

  /**
   * The run of an arm with a seed.
   *
   * @param start model folder that it starts from; empty: the one that its settings name
   */
  public RunConfig run(ExperimentConfig.Arm arm, long seed, Optional<String> start) {
    String run = "%s-%s-seed-%d".formatted(config.name(), arm.name(), seed);
    List<Setting> settings = new ArrayList<>(settings("set", config.set()));
    settings.addAll(settings(arm));
    return resolve(run, seed, settings, start);
  }

  /** The settings of an arm, each as {@code key=value}. */
  public List<String> shown(ExperimentConfig.Arm arm) {
    return settings(arm).stream()
        .map(
            setting -> {
              String value =
                  setting.value().isTextual()
                      ? setting.value().textValue()
                      : setting.value().toString();
              return setting.key() + "=" + value;
            })
        .toList();
  }

  private void check() {
    refuse(settings("set", config.set()), OF_THE_EXPERIMENT, GIVEN_BY_THE_EXPERIMENT);
    common();
    for (var arm : config.arms()) {
      refuse(settings(arm), OF_THE_EXPERIMENT, GIVEN_BY_THE_EXPERIMENT);
      if (config.sharedWarmup()) {
        refuse(
            settings(arm),
            OF_THE_WARMUP,
            "all arms start from one warm-up; move it to set, or give shared_warmup: false");
      }
      run(arm, config.seeds().get(0), Optional.empty());
    }
  }

  private static void refuse(List<Setting> settings, List<String> keys, String mend) {
    for (var setting : settings) {
      for (String key : keys) {
        if (within(setting, key)) {
          throw new UserError(
              "%s: %s = %s is not accepted here: %s"
                  .formatted(setting.where(), setting.key(), RunText.shown(setting.value()), mend));
        }
      }
    }
  }

  private RunConfig resolve(String run, long seed, List<Setting> of, Optional<String> start) {
    List<Setting> settings = new ArrayList<>(of);
    settings.add(given("run", TextNode.valueOf(run)));
    settings.add(given("seed", LongNode.valueOf(seed)));
    settings.add(given("warehouse", TextNode.valueOf(config.warehouse())));
    start.ifPresent(folder -> settings.add(given("model.path", TextNode.valueOf(folder))));
    RunConfig resolved = RunFile.bind(base, settings);
    if (resolved.prompts().generators().isEmpty()) {
      return resolved;
    }
    String dataset = "%s-seed-%d".formatted(resolved.prompts().dataset(), seed);
    settings.add(given("prompts.dataset", TextNode.valueOf(dataset)));
    return RunFile.bind(base, settings);
  }

  private static boolean within(Setting setting, String key) {
    return setting.key().equals(key) || setting.key().startsWith(key + ".");
  }

  private Setting given(String key, JsonNode value) {
    return new Setting(key, value, text.source());
  }

  private List<Setting> settings(ExperimentConfig.Arm arm) {
    return settings("arms.%d.set".formatted(config.arms().indexOf(arm)), arm.set());
  }

  private List<Setting> settings(String section, Map<String, JsonNode> set) {
    List<Setting> settings = new ArrayList<>();
    var tree = JsonNodeFactory.instance.objectNode();
    tree.setAll(set);
    flatten(section, "", tree, settings);
    return settings;
  }

  private void flatten(String section, String prefix, ObjectNode tree, List<Setting> settings) {
    for (var entry : tree.properties()) {
      String key = prefix + entry.getKey();
      if (entry.getValue() instanceof ObjectNode inner && !inner.isEmpty()) {
        flatten(section, key + ".", inner, settings);
      } else {
        settings.add(new Setting(key, entry.getValue(), where(section + "." + key)));
      }
    }
  }

  private String where(String key) {
    return overrides.stream()
        .filter(override -> override.concerns(key))
        .reduce((earlier, later) -> later)
        .map(Setting::where)
        .orElseGet(() -> text.where(key));
  }

  private static ExperimentConfig bind(RunText text, List<Setting> overrides) {
    return RunFile.bind(
        ExperimentConfig.class,
        "experiment-defaults.yaml",
        text,
        overrides,
        ExperimentRanges::firstViolation);
  }

  private static boolean holdsRunKeys(String section) {
    return section.matches("(arms\\.\\d+\\.)?set(\\..*)?");
  }

  private static void nestSettings(ObjectNode tree) {
    if (tree.get("set") instanceof ObjectNode set) {
      tree.set("set", nested(set));
    }
    for (JsonNode arm : tree.path("arms")) {
      if (arm instanceof ObjectNode section && section.get("set") instanceof ObjectNode set) {
        section.set("set", nested(set));
      }
    }
  }

  /** The section with {@code a.b: 1} written as {@code a: {b: 1}}. */
  private static ObjectNode nested(ObjectNode section) {
    var nested = JsonNodeFactory.instance.objectNode();
    for (var entry : section.properties()) {
      JsonNode value =
          entry.getValue() instanceof ObjectNode inner ? nested(inner) : entry.getValue();
      List<String> path = Keys.split(entry.getKey());
      for (int i = path.size() - 1; i > 0; i--) {
        value = JsonNodeFactory.instance.objectNode().set(path.get(i), value);
      }
      RunFile.merge(nested, JsonNodeFactory.instance.objectNode().set(path.get(0), value));
    }
    return nested;
  }
}
