package dev.mirrorspark.scenes;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.prompts.ProblemGenerator;
import dev.mirrorspark.vision.PictureFile;
import java.util.Arrays;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Questions about a drawing. The solver writes down what it sees, cell by cell, then looks for what
 * is asked: slips of the eye are taken back at once ({@code rc wait bc}). Or it answers at a glance
 * ({@code quick#3}), and more often so. Both ways lead it to the right answer; how far a policy can
 * trust a glance is for reinforcement learning to find out.
 */
abstract class SceneGenerator implements ProblemGenerator {
  private static final double SLIP_RATE = 0.06;
  private static final double GLANCE_RATE = 0.6;

  private final String name;
  private final int levels;

  SceneGenerator(String name, int levels) {
    this.name = name;
    this.levels = levels;
  }

  /** A question with its answer and its drawing. */
  record Asked(String question, String answer, PictureFile picture) {}

  abstract Asked ask(int level, RandomGenerator rng);

  /** What is written behind the first look: the last steps and the answer. */
  abstract String conclude(Problem problem, String seen);

  /** What a right first look writes down: of a board, unless it is another drawing. */
  String seen(PictureFile picture) {
    return Scene.of(picture).read();
  }

  /** Marks that may be mistaken for one another, by one of them; the same of it. */
  Map<String, String> slips() {
    return ItemSlips.OF_EACH;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Problem problem(int level, RandomGenerator rng) {
    if (level < 1 || level > levels) {
      throw new UserError(
          "generator %s has no level %d: use levels 1 to %d".formatted(name, level, levels));
    }
    Asked asked = ask(level, rng);
    String type = asked.answer().matches("\\d+") ? "integer" : "text";
    return new Problem(asked.question() + ">", asked.answer(), type, name, level, asked.picture());
  }

  @Override
  public final String solve(Problem problem, RandomGenerator rng) {
    if (glances(rng)) {
      return atAGlance(problem);
    }
    String seen = seen(problem.picture());
    String marks =
        seen.lines()
            .flatMap(line -> Arrays.stream(line.split("(?<=[,;])")))
            .map(mark -> slipped(mark, rng))
            .collect(Collectors.joining());
    return marks + conclude(problem, seen) + "#" + problem.answer();
  }

  /** Whether a solver answers at a glance this time. */
  static boolean glances(RandomGenerator rng) {
    return rng.nextDouble() < GLANCE_RATE;
  }

  /** The solution without steps. */
  static String atAGlance(Problem problem) {
    return "quick#" + problem.answer();
  }

  private String slipped(String mark, RandomGenerator rng) {
    String bare = mark.replaceAll("[,;]$", "");
    String wrong = slips().getOrDefault(bare, "");
    return !wrong.isEmpty() && rng.nextDouble() < SLIP_RATE ? wrong + " wait " + mark : mark;
  }
}
