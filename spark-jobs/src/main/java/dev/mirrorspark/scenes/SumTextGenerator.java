package dev.mirrorspark.scenes;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.prompts.Problem;
import dev.mirrorspark.prompts.ProblemGenerator;
import java.util.random.RandomGenerator;

/**
 * Sums as text, {@code 4+3-2?>}: the twins of {@link SumPictureGenerator}'s. The level is the
 * number of signs.
 */
public final class SumTextGenerator implements ProblemGenerator {
  private static final String NAME = "sum-text";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    requireLevel(name(), level);
    return of(Sum.random(level, rng), level);
  }

  /** The problem that asks for a sum. */
  static Problem of(String sum, int level) {
    return new Problem(sum + "?>", "" + Sum.value(sum), "integer", NAME, level);
  }

  static void requireLevel(String name, int level) {
    if (level < 1 || level > SumPictureGenerator.LEVELS) {
      throw new UserError(
          "generator %s has no level %d: use levels 1 to %d"
              .formatted(name, level, SumPictureGenerator.LEVELS));
    }
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    if (SceneGenerator.glances(rng)) {
      return SceneGenerator.atAGlance(problem);
    }
    String sum = problem.prompt().replace("?>", "");
    return sum + Sum.steps(sum) + "#" + problem.answer();
  }
}
