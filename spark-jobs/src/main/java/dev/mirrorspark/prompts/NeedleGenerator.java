package dev.mirrorspark.prompts;

import java.util.random.RandomGenerator;

/**
 * A number hidden in text without meaning: {@code ktqazb;key=41;wosmre; … ?key>} asks for it.
 *
 * <p>Of level 10·c + d the prompt has 64·2^c characters, c from 1 (128) to 11 (131,072), and the
 * number lies d ninths of the way down, d from 0 to 9. The domain is {@code needle-} and the number
 * of characters, so that an evaluation shows accuracy by length (domain) and by length and depth
 * (level). It asks for attention over the whole length and for nothing else: the solution is the
 * answer.
 */
public final class NeedleGenerator implements ProblemGenerator {
  private static final int LETTERS = 6;

  @Override
  public String name() {
    return "needle";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    var haystack = Haystack.of(name(), level);
    int answer = Haystack.value(rng);
    var text = new StringBuilder(haystack.length());
    for (int i = 0; i < haystack.entries(); i++) {
      text.append(i == haystack.place() ? "key=" + answer : Haystack.letters(LETTERS, rng));
      text.append(';');
    }
    text.append("?key>");
    String domain = name() + "-" + haystack.length();
    return new Problem(text.toString(), Integer.toString(answer), "integer", domain, level);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    return "#" + problem.answer();
  }
}
