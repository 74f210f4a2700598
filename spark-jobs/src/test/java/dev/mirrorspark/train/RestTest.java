package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.train.StepBatches.Planned;
import dev.mirrorspark.train.UpdateStage.Response;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the responses of an iteration weigh in ReST and in mirror descent. */
class RestTest {
  /** Two prompts; 2 + 3 + 6 response tokens. */
  private static final List<Response> RESPONSES =
      List.of(
          new Response("a#0", "a", 12, 2, ""),
          new Response("a#2", "a", 13, 3, ""),
          new Response("b#1", "b", 9, 6, ""));

  @Test
  void everyResponseTokenOfAStepWeighsTheSame() {
    assertEquals(
        List.of(
            new Planned("a#0", 12, 1.0 / 11),
            new Planned("a#2", 13, 1.0 / 11),
            new Planned("b#1", 9, 1.0 / 11)),
        sorted(minibatches("train.method=rest", 1).get(0)));
    for (var step : minibatches("train.method=rest", 2)) {
      double weight = step.size() == 2 ? 1.0 / 5 : 1.0 / 6; // 2 + 3 tokens of a, 6 of b
      step.forEach(planned -> assertEquals(weight, planned.weight(), planned.key()));
    }
  }

  @Test
  void inMirrorDescentEveryPromptDoes() {
    assertEquals(
        List.of(
            new Planned("a#0", 12, 1.0 / 4),
            new Planned("a#2", 13, 1.0 / 4),
            new Planned("b#1", 9, 1.0 / 2)),
        sorted(minibatches("train.method=mirror_descent", 1).get(0)));
  }

  @Test
  void theLikelihoodIsTakenAtTheTemperatureOfTheSamples() {
    var config = RunFile.parse("rollout: {temperature: 0.7}", List.of("train.method=rest"));
    assertEquals(new Objective.Supervised(0.7), Rest.objective(config));
  }

  private static List<List<Planned>> minibatches(String method, int count) {
    var config = RunFile.parse("", List.of(method, "train.minibatches=" + count));
    return UpdateStage.minibatches(RESPONSES, config, 0);
  }

  private static List<Planned> sorted(List<Planned> step) {
    return step.stream().sorted(Comparator.comparing(Planned::key)).toList();
  }
}
