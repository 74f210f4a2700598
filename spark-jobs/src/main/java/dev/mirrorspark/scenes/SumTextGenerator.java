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
  @Override
  public String name() {
    return "sum-text";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    requireLevel(name(), level);
    String sum = Sum.random(level, rng);
    return new Problem(sum + "?>", "" + Sum.value(sum), "integer", name(), level);
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
    String sum = problem.prompt().replace("?>", "");
    return sum + Sum.steps(sum) + "#" + problem.answer();
  }
}
