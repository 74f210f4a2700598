package dev.mirrorspark.prompts;

import java.util.random.RandomGenerator;

/**
 * One key of a long list: {@code kqa=41;bzt=17; … ?bzt>} asks for its number, and every other entry
 * is like it but for its letters. Harder than {@link NeedleGenerator}, with the same levels: what
 * is read must be compared, not only found.
 *
 * <p>The solution writes the entry again ({@code bzt=17;#17}).
 */
public final class LookupGenerator implements ProblemGenerator {
  private static final int KEY = 3;

  @Override
  public String name() {
    return "lookup";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    var haystack = Haystack.of(name(), level);
    String key = Haystack.letters(KEY, rng);
    int answer = Haystack.value(rng);
    var text = new StringBuilder(haystack.length());
    for (int i = 0; i < haystack.entries(); i++) {
      boolean asked = i == haystack.place();
      text.append(asked ? key : other(key, rng));
      text.append('=').append(asked ? answer : Haystack.value(rng)).append(';');
    }
    text.append('?').append(key).append('>');
    String domain = name() + "-" + haystack.length();
    return new Problem(text.toString(), Integer.toString(answer), "integer", domain, level);
  }

  private static String other(String key, RandomGenerator rng) {
    String other = Haystack.letters(KEY, rng);
    while (other.equals(key)) {
      other = Haystack.letters(KEY, rng);
    }
    return other;
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    String prompt = problem.prompt();
    String key = prompt.substring(prompt.length() - 1 - KEY, prompt.length() - 1);
    return key + "=" + problem.answer() + ";#" + problem.answer();
  }
}
