package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A ring of digits that rolls on: {@code roll 48213 x12>} asks for the digits after 12 steps, in
 * each of which every digit takes in its right neighbour modulo 10.
 *
 * <p>The level is the number of steps, and the prompt hardly grows with it, but the solution does:
 * it writes the digits after every step ({@code 1=20348;}), about nine characters a level, so that
 * a level is out of reach where a response may not be that long. Now and then it slips, notices and
 * does the step over ({@code 7=20368;no;7=20348;}).
 */
public final class AutomatonGenerator implements ProblemGenerator {
  private static final int MAX_LEVEL = 20_000;
  private static final int DIGITS = 5;
  private static final double SLIP_RATE = 0.02;

  @Override
  public String name() {
    return "automaton";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    if (level < 1 || level > MAX_LEVEL) {
      throw new UserError(
          "generator automaton has no level " + level + ": use levels 1 to " + MAX_LEVEL);
    }
    int[] ring = new int[DIGITS];
    do {
      Arrays.setAll(ring, i -> rng.nextInt(10));
    } while (Arrays.stream(ring).distinct().count() < 3);
    String prompt = "roll " + text(ring) + " x" + level + ">";
    int[] end = ring;
    for (int step = 0; step < level; step++) {
      end = next(end);
    }
    return new Problem(prompt, text(end), "text", name(), level);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    String digits = problem.prompt().substring(5, 5 + DIGITS);
    int[] ring = digits.chars().map(c -> c - '0').toArray();
    var out = new StringBuilder();
    for (int step = 1; step <= problem.level(); step++) {
      ring = next(ring);
      if (rng.nextDouble() < SLIP_RATE) {
        int[] wrong = ring.clone();
        int place = rng.nextInt(DIGITS);
        wrong[place] = Mod10.slip(wrong[place], rng);
        write(out, step, wrong).append("no;");
      }
      write(out, step, ring);
    }
    return out.append('#').append(problem.answer()).toString();
  }

  private static StringBuilder write(StringBuilder out, int step, int[] ring) {
    return out.append(step).append('=').append(text(ring)).append(';');
  }

  private static int[] next(int[] ring) {
    int[] next = new int[ring.length];
    Arrays.setAll(next, i -> (ring[i] + ring[(i + 1) % ring.length]) % 10);
    return next;
  }

  private static String text(int[] ring) {
    var text = new StringBuilder();
    Arrays.stream(ring).forEach(text::append);
    return text.toString();
  }
}
