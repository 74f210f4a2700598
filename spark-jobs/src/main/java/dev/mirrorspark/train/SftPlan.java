package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.SftConfig;
import dev.mirrorspark.config.SftConfig.Stage;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.Seeds;
import dev.mirrorspark.train.StepPlan.Counted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * The examples of each step of all stages of section {@code sft}, its learning rate and its stage.
 */
record SftPlan(List<List<Counted>> steps, List<Double> rates, List<Integer> stages) {
  private static final Comparator<Counted> BY_KEY = Comparator.comparing(Counted::key);

  /**
   * The plan of a run file's section {@code sft} for given responses, as they come.
   *
   * @param examples responses; those of a group come in one step
   * @throws UserError if no example is short enough for one of the stages
   */
  static SftPlan of(List<Counted> examples, RunConfig config) {
    var plan = new SftPlan(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    var stages = config.sft().allStages();
    for (int i = 0; i < stages.size(); i++) {
      plan.add(i, groups(fitting(examples, i, stages.get(i).maxTokens(), "max_tokens")), config);
    }
    return plan;
  }

  /**
   * The plan of the warm-up, whose stages reach further and share out their tokens.
   *
   * @param shapes how far each stage reaches
   * @param reached how far the policy reaches before the first stage
   * @param domains by key of an example, where a stage shares by them
   * @throws UserError if no example is short enough for one of the stages, or a share has none
   */
  static SftPlan of(
      List<Counted> examples,
      RunConfig config,
      SftShapes shapes,
      int reached,
      Map<String, String> domains) {
    var plan = new SftPlan(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    var stages = config.sft().allStages();
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      var within = fitting(examples, i, shapes.contexts().get(i), "context");
      var groups = groups(fitting(within, i, stage.maxTokens(), "max_tokens"));
      int before = i == 0 ? reached : shapes.contexts().get(i - 1);
      var shares = TokenShares.of(stage, i, groups, before, domains);
      if (shares.any()) {
        plan.add(i, round -> shares.epoch(config.seed(), round), config);
      } else {
        plan.add(i, groups, config);
      }
    }
    return plan;
  }

  private void add(int index, List<List<Counted>> groups, RunConfig config) {
    add(index, round -> shuffled(groups, config.seed(), round), config);
  }

  /** Adds a stage, whose epochs are of these groups in that order. */
  private void add(int index, IntFunction<List<List<Counted>>> epoch, RunConfig config) {
    Stage stage = config.sft().allStages().get(index);
    int earlier = config.sft().allStages().subList(0, index).stream().mapToInt(Stage::epochs).sum();
    List<List<Counted>> ofStage = new ArrayList<>();
    for (int i = 0; i < stage.epochs(); i++) {
      List<List<Counted>> groups = epoch.apply(earlier + i);
      int size = config.sft().examplesPerStep();
      for (int from = 0; from < groups.size(); from += size) {
        ofStage.add(
            groups.subList(from, Math.min(groups.size(), from + size)).stream()
                .flatMap(group -> group.stream().sorted(BY_KEY))
                .toList());
      }
    }
    for (int step = 0; step < ofStage.size(); step++) {
      rates.add(LearningRates.cosine(stage, step, ofStage.size()));
      stages.add(index);
    }
    steps.addAll(ofStage);
  }

  private static List<Counted> fitting(List<Counted> examples, int stage, int limit, String key) {
    if (limit == 0) {
      return examples;
    }
    Set<String> tooLong =
        examples.stream()
            .filter(example -> example.tokens() > limit)
            .map(Counted::group)
            .collect(Collectors.toSet());
    var fitting = examples.stream().filter(e -> !tooLong.contains(e.group())).toList();
    if (fitting.isEmpty()) {
      throw new UserError(
          "%s%s = %d: no example is that short, the shortest has %d tokens; raise it or drop the stage"
              .formatted(
                  SftConfig.key(stage),
                  key,
                  limit,
                  examples.stream().mapToInt(Counted::tokens).min().orElse(0)));
    }
    return fitting;
  }

  private static List<List<Counted>> groups(List<Counted> examples) {
    Map<String, List<Counted>> groups = new TreeMap<>();
    for (Counted example : examples) {
      groups.computeIfAbsent(example.group(), group -> new ArrayList<>(1)).add(example);
    }
    return List.copyOf(groups.values());
  }

  /** The groups in an order of the epoch's own. */
  private static List<List<Counted>> shuffled(List<List<Counted>> groups, long seed, int round) {
    Map<String, Long> places = new HashMap<>();
    groups.forEach(
        group -> places.put(group.get(0).group(), Seeds.order(seed, round, group.get(0).group())));
    List<List<Counted>> order = new ArrayList<>(groups);
    order.sort(Comparator.comparingLong((List<Counted> g) -> places.get(g.get(0).group())));
    return order;
  }
}
