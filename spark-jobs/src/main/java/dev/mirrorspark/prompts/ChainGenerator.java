package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Chains of arithmetic modulo 10 with lettered operands: {@code a=3;b=a+4;c=b*a;?c>}.
 *
 * <p>The level is the number of steps. The solver first plans which steps to write down: all of
 * them ({@code plan bcdef;}), or only every third one, the rest in its head ({@code quick df;}),
 * which it does the more readily the shorter the chain looks. It restates each written step with
 * its operands' values and notes the result with its letter ({@code b=3+4=7b;}), makes slips and
 * corrects them at once ({@code c=7*3=5 wait 7*3=1c;}) or only after the next step, going back to
 * it, and now and then checks a value again. Both ways lead it to the right answer; how far a
 * policy can trust its head is for reinforcement learning to find out.
 */
public final class ChainGenerator implements ProblemGenerator {
  private static final int MAX_LEVEL = 25;
  private static final double SLIP_RATE = 0.12;
  private static final double LATE_NOTICE_RATE = 0.4;
  private static final double CHECK_RATE = 0.04;
  private static final int STRIDE_OF_QUICK = 3;

  /** How often a step to 0 is drawn anew, so that 0 is not the answer to guess. */
  private static final double ZERO_REDRAW_RATE = 0.6;

  /** One step: {@code left op right}; an operand is a letter's index, or −1 − digit. */
  private record Step(int left, char op, int right) {
    boolean reads(int letter) {
      return left == letter || right == letter;
    }
  }

  @Override
  public String name() {
    return "chain";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    if (level < 1 || level > MAX_LEVEL) {
      throw new UserError(
          "generator chain has no level " + level + ": use levels 1 to " + MAX_LEVEL);
    }
    int first = rng.nextInt(10);
    var values = new int[level + 1];
    values[0] = first;
    var text = new StringBuilder("a=").append(first).append(';');
    for (int i = 1; i <= level; i++) {
      Step step;
      do {
        step = randomStep(i, rng);
        values[i] = evaluate(step, values);
      } while (step.left == step.right && step.op == '-'
          || values[i] == 0 && rng.nextDouble() < ZERO_REDRAW_RATE);
      text.append(letter(i)).append('=').append(operand(step.left)).append(step.op);
      text.append(operand(step.right)).append(';');
    }
    text.append('?').append(letter(level)).append('>');
    return new Problem(text.toString(), Integer.toString(values[level]), "integer", name(), level);
  }

  /** Step {@code i} reads the letter before it, nearly always, and a digit or an earlier letter. */
  private static Step randomStep(int i, RandomGenerator rng) {
    int left = rng.nextDouble() < 0.95 ? i - 1 : rng.nextInt(i);
    double draw = rng.nextDouble();
    char op = draw < 0.4 ? '+' : draw < 0.75 ? '-' : '*';
    boolean digit = rng.nextDouble() < 0.8;
    int right = digit ? -1 - (2 + rng.nextInt(8)) : rng.nextInt(i);
    return new Step(left, op, right);
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    var parts = problem.prompt().split(";");
    List<Step> steps = new ArrayList<>();
    steps.add(null);
    for (int i = 1; i < parts.length - 1; i++) {
      var part = parts[i];
      steps.add(new Step(operand(part.charAt(2)), part.charAt(3), operand(part.charAt(4))));
    }
    int last = steps.size() - 1;
    var values = new int[last + 1];
    values[0] = parts[0].charAt(2) - '0';
    boolean quick = rng.nextDouble() < quickRate(last);
    var out = new StringBuilder(quick ? "quick " : "plan ");
    var written = new boolean[last + 1];
    for (int i = 1; i <= last; i++) {
      written[i] = !quick || i == last || i % STRIDE_OF_QUICK == 0;
      if (written[i]) {
        out.append(letter(i));
      }
    }
    out.append(';');
    for (int i = 1; i <= last; i++) {
      var step = steps.get(i);
      int right = evaluate(step, values);
      values[i] = right;
      if (!written[i]) {
        continue;
      }
      boolean slips = rng.nextDouble() < SLIP_RATE;
      boolean late = !quick && i < last && rng.nextDouble() < LATE_NOTICE_RATE;
      if (slips && late) {
        values[i] = Mod10.slip(right, rng);
        write(out, i, step, values);
        values[i + 1] = evaluate(steps.get(i + 1), values);
        write(out, i + 1, steps.get(i + 1), values).append("wait ");
        values[i] = right;
        write(out, i, step, values);
        if (steps.get(i + 1).reads(i)) {
          values[i + 1] = evaluate(steps.get(i + 1), values);
          write(out, i + 1, steps.get(i + 1), values);
        }
        i++;
      } else {
        out.append(letter(i)).append('=');
        if (slips) {
          expression(out, step, values).append('=').append(Mod10.slip(right, rng)).append(" wait ");
        }
        noted(expression(out, step, values), i, values);
      }
      if (rng.nextDouble() < CHECK_RATE) {
        expression(out.append("check "), steps.get(i), values).append('=');
        out.append(values[i]).append(" ok;");
      }
    }
    return out.append('#').append(values[last]).toString();
  }

  /** How often a chain of that many steps tempts the solver to skip some. */
  private static double quickRate(int steps) {
    return Math.max(0.2, Math.min(0.7, 0.7 - 0.1 * (steps - 4)));
  }

  private static int evaluate(Step step, int[] values) {
    return Mod10.apply(value(step.left, values), step.op, value(step.right, values));
  }

  /** Writes {@code b=3+4=7b;}: the step with its operands' values and the value believed of it. */
  private static StringBuilder write(StringBuilder out, int i, Step step, int[] values) {
    return noted(expression(out.append(letter(i)).append('='), step, values), i, values);
  }

  /** Notes a value with its letter behind it, where later steps look it up. */
  private static StringBuilder noted(StringBuilder out, int i, int[] values) {
    return out.append('=').append(values[i]).append(letter(i)).append(';');
  }

  private static StringBuilder expression(StringBuilder out, Step step, int[] values) {
    return out.append(value(step.left, values)).append(step.op).append(value(step.right, values));
  }

  private static int value(int operand, int[] values) {
    return operand < 0 ? -1 - operand : values[operand];
  }

  private static char letter(int i) {
    return (char) ('a' + i);
  }

  private static char operand(int operand) {
    return operand < 0 ? (char) ('0' - 1 - operand) : letter(operand);
  }

  private static int operand(char c) {
    return Character.isDigit(c) ? -1 - (c - '0') : c - 'a';
  }
}
