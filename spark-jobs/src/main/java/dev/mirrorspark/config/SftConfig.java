package dev.mirrorspark.config;

import dev.mirrorspark.config.RunRanges.Violation;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Supervised warm-up (Kimi k1.5, 2.2 and 2.5.2), and long-context activation in its stages (B.4).
 *
 * @param domain trains on the examples of this domain alone; empty: on all
 * @param maxTokens this and the next four as in a {@link Stage}, of the first stage
 * @param stages the stages after the first
 */
public record SftConfig(
    String domain,
    int epochs,
    int examplesPerStep,
    double learningRate,
    double finalLearningRate,
    int warmupSteps,
    int maxTokens,
    int context,
    double ropeTheta,
    double longShare,
    Map<String, Double> mixture,
    List<Stage> stages,
    RunConfig.Adam adam)
    implements Serializable {

  /**
   * A part of the warm-up with a learning rate schedule of its own (2.5.2).
   *
   * @param maxTokens longest example, prompt and solution; longer ones are left to other stages; 0:
   *     no limit
   * @param context tokens that the policy reaches from this stage on; 0: as before
   * @param ropeTheta base of the rotary angles from this stage on; 0: as before
   * @param longShare share of the tokens that examples longer than the stage before reached have;
   *     0: as they come
   * @param mixture share of the tokens by domain, as weights; empty: as they come
   */
  public record Stage(
      int epochs,
      double learningRate,
      double finalLearningRate,
      int warmupSteps,
      int maxTokens,
      int context,
      double ropeTheta,
      double longShare,
      Map<String, Double> mixture)
      implements Serializable {}

  public SftConfig {
    stages = List.copyOf(stages);
  }

  /** The first stage, which the section itself sets, and those that follow it. */
  public List<Stage> allStages() {
    var first =
        new Stage(
            epochs,
            learningRate,
            finalLearningRate,
            warmupSteps,
            maxTokens,
            context,
            ropeTheta,
            longShare,
            mixture);
    return Stream.concat(Stream.of(first), stages.stream()).toList();
  }

  /** What the names of a stage's keys begin with; 0 is the first stage. */
  public static String key(int stage) {
    return stage == 0 ? "sft." : "sft.stages." + (stage - 1) + ".";
  }

  /** The values that are not accepted, but for those of Adam. */
  List<Violation> violations() {
    List<Violation> violations = new ArrayList<>();
    require(violations, "sft.examples_per_step", examplesPerStep >= 1, whole(1));
    for (int i = 0; i <= stages.size(); i++) {
      check(violations, key(i), allStages().get(i), i == 0 ? 0 : 1);
    }
    return violations;
  }

  private static void check(List<Violation> violations, String key, Stage stage, int least) {
    require(violations, key + "epochs", stage.epochs() >= least, whole(least));
    require(violations, key + "learning_rate", above(stage.learningRate()), "a number above 0");
    require(
        violations,
        key + "final_learning_rate",
        stage.finalLearningRate() == 0 || above(stage.finalLearningRate()),
        "a number from 0 up");
    require(violations, key + "warmup_steps", stage.warmupSteps() >= 0, whole(0));
    require(violations, key + "max_tokens", stage.maxTokens() >= 0, whole(0));
    require(violations, key + "context", stage.context() >= 0, whole(0));
    require(
        violations,
        key + "rope_theta",
        stage.ropeTheta() == 0 || above(stage.ropeTheta()),
        "a number from 0 up");
    require(
        violations,
        key + "long_share",
        stage.longShare() >= 0 && stage.longShare() < 1,
        "a number from 0 to below 1");
    stage
        .mixture()
        .forEach(
            (domain, weight) ->
                require(violations, key + "mixture." + domain, above(weight), "a number above 0"));
    require(
        violations,
        key + "mixture",
        stage.mixture().isEmpty() || stage.longShare() == 0,
        "{} where long_share is set: one of the two shares out the tokens");
  }

  private static String whole(int least) {
    return "a whole number from %d up".formatted(least);
  }

  private static boolean above(double value) {
    return value > 0 && Double.isFinite(value);
  }

  private static void require(
      List<Violation> violations, String key, boolean holds, String accepted) {
    if (!holds) {
      violations.add(new Violation(key, accepted));
    }
  }
}
