package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.random.RandomGenerator;

/**
 * Chains of arithmetic modulo 10 in lettered steps: {@code a=3;b+4;c*7;d-b;?d>}.
 *
 * <p>Each step takes the value of the letter before it and a digit or, above level 10, now and then
 * an earlier letter; the level is the number of steps. The solver first plans which steps to write
 * down: all of them ({@code plan bcd;}), or only every third one, the rest in its head ({@code
 * quick d;}), which it does the more readily the shorter the chain looks. It restates each written
 * step, then the value it starts from, then the result ({@code b+4,3=7;c*7,7=9;d-b7,9=2;}), makes
 * slips and corrects them at once ({@code c*7,7=5;wait c*7,7=9;}) or only after the next step,
 * going back to it, and now and then checks a step again. Both ways lead it to the right answer;
 * how far a policy can trust its head is for reinforcement learning to find out.
 */
public final class ChainGenerator implements ProblemGenerator {
  private static final int MAX_LEVEL = 25;
  private static final int LAST_LEVEL_WITHOUT_LETTERS = 10;
  private static final double LETTER_RATE = 0.2;
  private static final double SLIP_RATE = 0.1;
  private static final double LATE_NOTICE_RATE = 0.4;
  private static final double CHECK_RATE = 0.04;
  private static final int STRIDE_OF_QUICK = 3;

  /** How often a step to 0 is drawn anew, so that 0 is not the answer to guess. */
  private static final double ZERO_REDRAW_RATE = 0.6;

  /** What a step does to the value before it; the operand is a letter's index, or −1 − digit. */
  private record Step(char op, int operand) {
    int apply(int before, int[] values) {
      return Mod10.apply(before, op, operandValue(values));
    }

    int operandValue(int[] values) {
      return operand < 0 ? -1 - operand : values[operand];
    }

    String text() {
      return "" + op + (operand < 0 ? (char) ('0' - 1 - operand) : letter(operand));
    }

    static Step parse(char op, char operand) {
      return new Step(op, Character.isDigit(operand) ? -1 - (operand - '0') : operand - 'a');
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
    var values = new int[level + 1];
    values[0] = rng.nextInt(10);
    var text = new StringBuilder("a=").append(values[0]).append(';');
    for (int i = 1; i <= level; i++) {
      Step step;
      do {
        step = randomStep(i, level, rng);
        values[i] = step.apply(values[i - 1], values);
      } while (values[i] == 0 && rng.nextDouble() < ZERO_REDRAW_RATE);
      text.append(letter(i)).append(step.text()).append(';');
    }
    text.append('?').append(letter(level)).append('>');
    return new Problem(text.toString(), Integer.toString(values[level]), "integer", name(), level);
  }

  private static Step randomStep(int i, int level, RandomGenerator rng) {
    double draw = rng.nextDouble();
    char op = draw < 0.4 ? '+' : draw < 0.75 ? '-' : '*';
    boolean letters = level > LAST_LEVEL_WITHOUT_LETTERS && i > 1;
    boolean letter = letters && rng.nextDouble() < LETTER_RATE;
    return new Step(op, letter ? rng.nextInt(i - 1) : -1 - (2 + rng.nextInt(8)));
  }

  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    var parts = problem.prompt().split(";");
    int last = parts.length - 2;
    var steps = new Step[last + 1];
    for (int i = 1; i <= last; i++) {
      steps[i] = Step.parse(parts[i].charAt(1), parts[i].charAt(2));
    }
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
      int right = steps[i].apply(values[i - 1], values);
      values[i] = right;
      if (!written[i]) {
        continue;
      }
      if (rng.nextDouble() < SLIP_RATE) {
        values[i] = Mod10.slip(right, rng);
        write(out, i, steps, values);
        if (!quick && i < last && rng.nextDouble() < LATE_NOTICE_RATE) {
          values[i + 1] = steps[i + 1].apply(values[i], values);
          write(out, i + 1, steps, values);
        }
        out.append("wait ");
        values[i] = right;
      }
      write(out, i, steps, values);
      if (rng.nextDouble() < CHECK_RATE) {
        write(out.append("check "), i, steps, values).append("ok;");
      }
    }
    return out.append('#').append(values[last]).toString();
  }

  /** How often a chain of that many steps tempts the solver to skip some. */
  private static double quickRate(int steps) {
    return Math.max(0.2, Math.min(0.7, 0.7 - 0.1 * (steps - 5)));
  }

  /** Writes {@code b+4,3=7;}: the step, the value before it and the value believed of it. */
  private static StringBuilder write(StringBuilder out, int i, Step[] steps, int[] values) {
    out.append(letter(i)).append(steps[i].text());
    if (steps[i].operand >= 0) {
      out.append(steps[i].operandValue(values));
    }
    return out.append(',').append(values[i - 1]).append('=').append(values[i]).append(';');
  }

  private static char letter(int i) {
    return (char) ('a' + i);
  }
}
