package dev.mirrorspark.train;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunConfig.Sft.Stage;
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
import java.util.stream.Collectors;

/** The examples of each step of all stages of section {@code sft}, and its learning rate. */
record SftPlan(List<List<Counted>> steps, List<Double> rates) {
  private static final Comparator<Counted> BY_KEY = Comparator.comparing(Counted::key);

  /**
   * The plan of a run file's section {@code sft}.
   *
   * @param examples responses; those of a group come in one step
   * @throws UserError if no example is short enough for one of the stages
   */
  static SftPlan of(List<Counted> examples, RunConfig config) {
    List<List<Counted>> steps = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    int rounds = 0;
    var stages = config.sft().allStages();
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      List<List<Counted>> ofStage = new ArrayList<>();
      var fitting = fitting(examples, stage, i);
      for (int epoch = 0; epoch < stage.epochs(); epoch++) {
        ofStage.addAll(epoch(fitting, config, rounds++));
      }
      for (int step = 0; step < ofStage.size(); step++) {
        rates.add(LearningRates.cosine(stage, step, ofStage.size()));
      }
      steps.addAll(ofStage);
    }
    return new SftPlan(steps, rates);
  }

  private static List<Counted> fitting(List<Counted> examples, Stage stage, int index) {
    if (stage.maxTokens() == 0) {
      return examples;
    }
    Set<String> tooLong =
        examples.stream()
            .filter(example -> example.tokens() > stage.maxTokens())
            .map(Counted::group)
            .collect(Collectors.toSet());
    var fitting = examples.stream().filter(e -> !tooLong.contains(e.group())).toList();
    if (fitting.isEmpty()) {
      throw new UserError(
          "%s = %d: no example is that short, the shortest has %d tokens; raise it or drop the stage"
              .formatted(
                  index == 0 ? "sft.max_tokens" : "sft.stages." + (index - 1) + ".max_tokens",
                  stage.maxTokens(),
                  examples.stream().mapToInt(Counted::tokens).min().orElse(0)));
    }
    return fitting;
  }

  /** The groups of each step of an epoch: in an order of its own, cut evenly. */
  private static List<List<Counted>> epoch(List<Counted> examples, RunConfig config, int round) {
    Map<String, List<Counted>> groups = new TreeMap<>();
    for (Counted example : examples) {
      groups.computeIfAbsent(example.group(), group -> new ArrayList<>(1)).add(example);
    }
    List<String> order = new ArrayList<>(groups.keySet());
    Map<String, Long> places = new HashMap<>();
    order.forEach(group -> places.put(group, Seeds.order(config.seed(), round, group)));
    order.sort(Comparator.comparingLong((String group) -> places.get(group)));
    List<List<Counted>> steps = new ArrayList<>();
    int size = config.sft().examplesPerStep();
    for (int from = 0; from < order.size(); from += size) {
      steps.add(
          order.subList(from, Math.min(order.size(), from + size)).stream()
              .flatMap(group -> groups.get(group).stream().sorted(BY_KEY))
              .toList());
    }
    return steps;
  }
}
