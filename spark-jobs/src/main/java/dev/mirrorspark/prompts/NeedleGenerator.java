package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.random.RandomGenerator;

/**
 * A key in a long list: {@code kqa=41;bzt=17; … ?bzt>} asks for the number of one of the keys, and
 * every other entry is like it but for its letters.
 *
 * <p>The level tells length and depth, {@code 10·c + d}: the prompt has 64·2^c characters, with c
 * from 1 (128) to 11 (131,072), and the entry asked for lies d ninths of the way down, d from 0
 * (the first entry) to 9 (the last). The domain is {@code needle-} and the number of characters, so
 * that an evaluation shows accuracy by length, by depth and by both. The solution finds the entry
 * ({@code bzt=17;#17}).
 */
public final class NeedleGenerator implements ProblemGenerator {
  private static final int MIN_LEVEL = 10;
  private static final int MAX_LEVEL = 119;
  private static final int DEPTHS = 10;
  private static final int SHORTEST = 64;
  private static final int KEY = 3;
  private static final int ENTRY = "abc=12;".length();
  private static final int QUESTION = "?abc>".length();

  @Override
  public String name() {
    return "needle";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    if (level < MIN_LEVEL || level > MAX_LEVEL) {
      throw new UserError(
          "generator needle has no level %d: use levels %d to %d, ten depths for each length"
              .formatted(level, MIN_LEVEL, MAX_LEVEL));
    }
    int length = SHORTEST << level / DEPTHS;
    int entries = (length - QUESTION) / ENTRY;
    int place = (int) Math.round((double) (level % DEPTHS) / (DEPTHS - 1) * (entries - 1));
    String key = key(rng);
    int answer = value(rng);
    var text = new StringBuilder(length);
    for (int i = 0; i < entries; i++) {
      String other = key(rng);
      while (other.equals(key)) {
        other = key(rng);
      }
      text.append(i == place ? key : other);
      text.append('=').append(i == place ? answer : value(rng)).append(';');
    }
    text.append('?').append(key).append('>');
    return new Problem(
        text.toString(), Integer.toString(answer), "integer", name() + "-" + length, level);
  }

  private static String key(RandomGenerator rng) {
    var key = new StringBuilder();
    for (int i = 0; i < KEY; i++) {
      key.append((char) ('a' + rng.nextInt(26)));
    }
    return key.toString();
  }

  private static int value(RandomGenerator rng) {
    return 10 + rng.nextInt(90);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    String prompt = problem.prompt();
    String key = prompt.substring(prompt.length() - 1 - KEY, prompt.length() - 1);
    return key + "=" + problem.answer() + ";#" + problem.answer();
  }
}
