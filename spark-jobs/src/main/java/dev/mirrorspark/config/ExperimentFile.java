package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.lang3.StringUtils;

/**
 * Reads an experiment file, as strictly as a run file, and resolves the run file of each of its
 * runs: the base, then {@code set}, then the arm's {@code set}.
 */
public final class ExperimentFile {
  private static final List<String> OF_THE_EXPERIMENT = List.of("run", "seed", "warehouse");
  private static final List<String> OF_THE_WARMUP = List.of("init", "sft");
  private static final List<String> ALIKE_FOR_ALL = List.of("prompts", "model.path");
  private static final List<String> AFTER_THE_WARMUP =
      List.of("sampling", "rollout", "reward", "gate", "train", "eval");

  private static final String GIVEN_BY_THE_EXPERIMENT =
      "the experiment gives each run its own; set name, seeds and warehouse at the top level";

  private final RunSettings runs;
  private final ExperimentConfig config;
  private final RunText base;

  private ExperimentFile(RunText text, List<Setting> overrides, RunText base) {
    this.runs = new RunSettings(text, overrides);
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
   * The run that warms a seed's first policy up for an arm, and for all arms that set the same keys
   * of {@code init} and {@code sft}; such a warm-up bears the name of the first of them. It has the
   * settings of the base where a warm-up does not read them, so that experiments can share it.
   */
  public RunConfig warmup(ExperimentConfig.Arm arm, long seed) {
    String name = config.warmup().isEmpty() ? config.name() : config.warmup();
    List<Setting> own = ofTheWarmup(arm);
    if (!own.isEmpty()) {
      name +=
          "-"
              + config.arms().stream()
                  .filter(other -> shown(ofTheWarmup(other)).equals(shown(own)))
                  .findFirst()
                  .orElseThrow()
                  .name();
    }
    List<Setting> settings =
        Stream.concat(
                settings("set", config.set()).stream()
                    .filter(setting -> !within(setting, AFTER_THE_WARMUP)),
                own.stream())
            .toList();
    return resolve("%s-seed-%d-warmup".formatted(name, seed), seed, settings, Optional.empty());
  }

  private List<Setting> ofTheWarmup(ExperimentConfig.Arm arm) {
    return settings(arm).stream().filter(setting -> within(setting, OF_THE_WARMUP)).toList();
  }

  private static boolean within(Setting setting, List<String> keys) {
    return keys.stream().anyMatch(key -> RunSettings.within(setting, key));
  }

  /**
   * The lines of a question whose x is a key of the run file, each the arms that differ in that key
   * alone, by the beginning that their names share.
   */
  public Map<String, List<ExperimentConfig.Arm>> lines(ExperimentConfig.Question question) {
    Map<List<String>, List<ExperimentConfig.Arm>> alike = new LinkedHashMap<>();
    for (var arm : config.arms()) {
      if (question.shows(arm.name())) {
        var others = settings(arm).stream().filter(set -> !set.key().equals(question.x())).toList();
        alike.computeIfAbsent(shown(others), set -> new ArrayList<>()).add(arm);
      }
    }
    Map<String, List<ExperimentConfig.Arm>> lines = new LinkedHashMap<>();
    for (var line : alike.values()) {
      String[] names = line.stream().map(ExperimentConfig.Arm::name).toArray(String[]::new);
      String name = StringUtils.stripEnd(StringUtils.getCommonPrefix(names), "-_.");
      lines.put(name.isEmpty() || lines.containsKey(name) ? names[0] : name, List.copyOf(line));
    }
    return lines;
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
    return shown(settings(arm));
  }

  private static List<String> shown(List<Setting> settings) {
    return settings.stream()
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
    RunSettings.refuse(settings("set", config.set()), OF_THE_EXPERIMENT, GIVEN_BY_THE_EXPERIMENT);
    common();
    for (var arm : config.arms()) {
      RunSettings.refuse(settings(arm), OF_THE_EXPERIMENT, GIVEN_BY_THE_EXPERIMENT);
      if (config.sharedWarmup()) {
        RunSettings.refuse(
            settings(arm),
            ALIKE_FOR_ALL,
            "all arms have the same problems; move it to set, or give shared_warmup: false");
      }
      run(arm, config.seeds().get(0), Optional.empty());
    }
  }

  private RunConfig resolve(String run, long seed, List<Setting> of, Optional<String> start) {
    List<Setting> settings = new ArrayList<>(of);
    settings.add(runs.given("run", TextNode.valueOf(run)));
    settings.add(runs.given("seed", LongNode.valueOf(seed)));
    settings.add(runs.given("warehouse", TextNode.valueOf(config.warehouse())));
    start.ifPresent(folder -> settings.add(runs.given("model.path", TextNode.valueOf(folder))));
    RunConfig resolved = RunFile.bind(base, settings);
    if (resolved.prompts().generators().isEmpty()) {
      return resolved;
    }
    String dataset = "%s-seed-%d".formatted(resolved.prompts().dataset(), seed);
    settings.add(runs.given("prompts.dataset", TextNode.valueOf(dataset)));
    return RunFile.bind(base, settings);
  }

  private List<Setting> settings(ExperimentConfig.Arm arm) {
    return settings("arms.%d.set".formatted(config.arms().indexOf(arm)), arm.set());
  }

  private List<Setting> settings(String section, Map<String, JsonNode> set) {
    return runs.of(section, set);
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
    RunSettings.nest(tree);
    tree.path("arms").forEach(RunSettings::nest);
  }
}
