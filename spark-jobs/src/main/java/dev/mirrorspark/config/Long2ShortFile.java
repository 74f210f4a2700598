package dev.mirrorspark.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a long2short file, as strictly as a run file, and resolves the run file of each of its
 * runs: the base, then {@code set}, then the model's or the method's {@code set}.
 */
public final class Long2ShortFile {
  private static final List<String> OF_THE_FILE =
      List.of("run", "seed", "warehouse", "model.path", "train.method", "train.teacher");
  private static final List<String> OF_ALL = List.of("prompts", "eval", "init");

  private final RunSettings runs;
  private final Long2ShortConfig config;
  private final RunText base;

  private Long2ShortFile(RunSettings runs, Long2ShortConfig config, RunText base) {
    this.runs = runs;
    this.config = config;
    this.base = base;
  }

  /**
   * The file, every run of it checked.
   *
   * @param sets overrides {@code key=value} of the file, such as {@code seeds=[1]}
   * @throws UserError as {@link RunFile#load}, for the file, its base and each run
   */
  public static Long2ShortFile load(Path file, List<String> sets) {
    var text =
        RunText.parse(
            RunFile.YAML,
            file.toString(),
            RunFile.read(file, "a long2short file"),
            section -> section.matches("((methods\\.\\d+|long_model|short_model)\\.)?set(\\..*)?"));
    RunSettings.nest(text.tree());
    RunSettings.nest(text.tree().path("long_model"));
    RunSettings.nest(text.tree().path("short_model"));
    text.tree().path("methods").forEach(RunSettings::nest);
    var keys = new Keys(Long2ShortConfig.class);
    List<Setting> overrides =
        sets.stream().map(set -> Setting.parse(RunFile.YAML, keys, set)).toList();
    Long2ShortConfig config =
        RunFile.bind(
            Long2ShortConfig.class,
            "long2short-defaults.yaml",
            text,
            overrides,
            Long2ShortRanges::firstViolation);
    Path base = file.toAbsolutePath().normalize().resolveSibling(config.base()).normalize();
    Path shown = file.isAbsolute() ? base : Path.of("").toAbsolutePath().relativize(base);
    var found =
        new Long2ShortFile(
            new RunSettings(text, overrides), config, RunFile.text(Optional.of(shown)));
    found.check();
    return found;
  }

  /** The values of the file. */
  public Long2ShortConfig config() {
    return config;
  }

  /** What all runs have in common; its run bears the name of the file. */
  public RunConfig common() {
    return resolve(config.name(), config.seeds().get(0), List.of());
  }

  /**
   * The run that trains a model.
   *
   * @param name {@code long} or {@code short}
   * @param start model folder that it starts from; empty: the one that the settings name
   */
  public RunConfig model(String name, long seed, Optional<String> start) {
    List<Setting> settings = new ArrayList<>(ofModel(name));
    start.ifPresent(folder -> settings.add(text("model.path", folder)));
    return resolve(run(name, seed), seed, settings);
  }

  /**
   * The run of a method.
   *
   * @param start model folder that it starts from; of a merge it says nothing
   * @param teacher model folder of the teacher, where there is one
   */
  public RunConfig step(
      Long2ShortConfig.Step step, long seed, String start, Optional<String> teacher) {
    List<Setting> settings = new ArrayList<>(ofStep(step));
    settings.add(text("model.path", start));
    teacher.ifPresent(
        folder -> {
          settings.add(text("train.method", "distill"));
          settings.add(text("train.teacher", folder));
        });
    return resolve(run(step.name(), seed), seed, settings);
  }

  /** How a run's policies are evaluated: all in the same way, whatever they were trained with. */
  public RunConfig evaluation(String name, long seed) {
    return resolve(run(name, seed), seed, List.of());
  }

  /** The run of a model or a method. */
  public String run(String name, long seed) {
    return "%s-%s-seed-%d".formatted(config.name(), name, seed);
  }

  private List<Setting> ofModel(String name) {
    boolean isLong = name.equals(Long2ShortConfig.LONG);
    var model = isLong ? config.longModel() : config.shortModel();
    return runs.of(name + "_model.set", model.set());
  }

  private List<Setting> ofStep(Long2ShortConfig.Step step) {
    return runs.of("methods.%d.set".formatted(config.methods().indexOf(step)), step.set());
  }

  private void check() {
    long seed = config.seeds().get(0);
    RunSettings.refuse(
        runs.of("set", config.set()), OF_THE_FILE, "the file gives each run its own");
    common();
    for (String name : List.of(Long2ShortConfig.LONG, Long2ShortConfig.SHORT)) {
      RunSettings.refuse(ofModel(name), OF_THE_FILE, "the file gives each run its own");
      RunSettings.refuse(ofModel(name), OF_ALL, "all runs have the same; move it to set");
      model(name, seed, Optional.empty());
    }
    for (var step : config.methods()) {
      RunSettings.refuse(ofStep(step), OF_THE_FILE, "the file gives each run its own");
      RunSettings.refuse(ofStep(step), OF_ALL, "all runs have the same; move it to set");
      step(step, seed, "model", Optional.of(step.teacher()).filter(name -> !name.isEmpty()));
    }
  }

  private Setting text(String key, String value) {
    return runs.given(key, TextNode.valueOf(value));
  }

  private RunConfig resolve(String run, long seed, List<Setting> more) {
    List<Setting> settings = new ArrayList<>(set(config.set()));
    settings.addAll(more);
    settings.add(text("run", run));
    settings.add(runs.given("seed", LongNode.valueOf(seed)));
    settings.add(text("warehouse", config.warehouse()));
    RunConfig resolved = RunFile.bind(base, settings);
    if (resolved.prompts().generators().isEmpty()) {
      return resolved;
    }
    settings.add(
        text("prompts.dataset", "%s-seed-%d".formatted(resolved.prompts().dataset(), seed)));
    return RunFile.bind(base, settings);
  }

  private List<Setting> set(Map<String, JsonNode> set) {
    return runs.of("set", set);
  }
}
