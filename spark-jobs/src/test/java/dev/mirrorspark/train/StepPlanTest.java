package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.algorithm.Algorithm;
import dev.mirrorspark.algorithm.Dpo;
import dev.mirrorspark.algorithm.Supervised;
import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.train.StepPlan.Counted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where the responses of an iteration train, and what they weigh. */
class StepPlanTest {
  /** Two prompts; 2 + 3 + 6 response tokens. */
  private static final List<Counted> RESPONSES =
      List.of(
          new Counted("a#0", "a", 12, 2),
          new Counted("a#2", "a", 13, 3),
          new Counted("b#1", "b", 9, 6));

  private static Map<String, StepPlan.Place> places(String method, int minibatches, int ranks) {
    var config = RunFile.parse("", List.of(method, "train.minibatches=" + minibatches));
    var steps = UpdateStage.minibatches(RESPONSES, config, 0);
    assertEquals(minibatches, steps.size());
    var places = new HashMap<String, StepPlan.Place>();
    StepPlan.of(steps, Algorithm.of(config), update(ranks, 0))
        .places()
        .forEach(
            (key, found) -> {
              assertEquals(1, found.size());
              places.put(key, found.get(0));
            });
    return places;
  }

  @Test
  void inRestEveryResponseTokenOfAStepWeighsTheSame() {
    places("train.method=rest", 1, 1).values().forEach(p -> assertEquals(1.0 / 11, p.weight()));
    var apart = places("train.method=rest", 2, 1);
    assertEquals(1.0 / 5, apart.get("a#0").weight());
    assertEquals(1.0 / 6, apart.get("b#1").weight());
  }

  @Test
  void inMirrorDescentEveryPromptDoes() {
    var places = places("train.method=mirror_descent", 1, 1);
    assertEquals(1.0 / 4, places.get("a#0").weight());
    assertEquals(1.0 / 4, places.get("a#2").weight());
    assertEquals(1.0 / 2, places.get("b#1").weight());
  }

  @Test
  void inGrpoEveryResponseOfAPromptDoes() {
    var places = places("train.method=grpo", 1, 1);
    assertEquals(1.0 / (2 * 2 * 2), places.get("a#0").weight());
    assertEquals(1.0 / (3 * 2 * 2), places.get("a#2").weight());
    assertEquals(1.0 / (6 * 1 * 2), places.get("b#1").weight());
  }

  @Test
  void ranksShareTheTokens() {
    List<Counted> many = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      many.add(new Counted("p" + i + "#0", "p" + i, 20 + 7 * i % 90, 10));
    }
    var config = RunFile.parse("", List.of());
    long[] tokens = new long[3];
    StepPlan.of(List.of(many), Algorithm.of(config), update(3, 0))
        .places()
        .forEach(
            (key, places) ->
                tokens[places.get(0).rank()] +=
                    many.stream().filter(c -> c.key().equals(key)).findFirst().get().tokens());
    long all = tokens[0] + tokens[1] + tokens[2];
    for (long share : tokens) {
      assertTrue(Math.abs(3 * share - all) < 0.05 * all, share + " of " + all);
    }
  }

  @Test
  void aResponseWithoutLossWeighsInItsGroupAndTrainsNothing() {
    var counted = List.of(new Counted("a#0", "a", 9, 0), new Counted("a#1", "a", 9, 4));
    var places =
        StepPlan.of(List.of(counted), Algorithm.of(RunFile.parse("", List.of())), update(1, 0))
            .places();
    assertEquals(java.util.Set.of("a#1"), places.keySet());
    assertEquals(0.5, places.get("a#1").get(0).weight());
  }

  private static RunConfig.Update update(int ranks, int spreadAbove) {
    return RunFile.parse("", List.of("update.ranks=" + ranks, "update.spread_above=" + spreadAbove))
        .update();
  }

  /** Of a group that computes together all go to all ranks, the short ones too. */
  @Test
  void whatIsTooLongForOneRankGoesToAll() {
    List<Counted> counted =
        List.of(
            new Counted("a#0", "a", 90, 40),
            new Counted("a#1", "a", 20, 4),
            new Counted("b#0", "b", 30, 4),
            new Counted("b#1", "b", 31, 4));
    var alone = StepPlan.of(List.of(counted), new Supervised(), update(2, 30)).places();
    assertEquals(StepPlan.Place.ALL, alone.get("a#0").get(0).rank());
    assertEquals(StepPlan.Place.ALL, alone.get("b#1").get(0).rank());
    assertEquals(0, alone.get("b#0").get(0).rank());
    assertEquals(1, alone.get("a#1").get(0).rank());
    var pairs = StepPlan.of(List.of(counted), new Dpo(0.1, 1), update(2, 31)).places();
    assertEquals(StepPlan.Place.ALL, pairs.get("a#1").get(0).rank());
    assertEquals(0, pairs.get("b#0").get(0).rank());
    assertEquals(0, pairs.get("b#1").get(0).rank());
    assertEquals(1.0 / 52, alone.get("a#0").get(0).weight());
    var one = StepPlan.of(List.of(counted), new Supervised(), update(1, 30)).places();
    assertEquals(0, one.get("a#0").get(0).rank(), "nothing to spread over");
  }
}
