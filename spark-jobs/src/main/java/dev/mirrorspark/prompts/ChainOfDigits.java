package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.random.RandomGenerator;

/**
 * A chain of {@link ChainGenerator} whose operands are digits, worked out.
 *
 * @param ops operator of each step; of index 0 none
 * @param operands digit of each step
 * @param values value of each letter, the first one's at index 0
 */
record ChainOfDigits(char[] ops, int[] operands, int[] values) {
  private static final int MAX_LEVEL = 10;

  /**
   * A problem of a generator with such chains.
   *
   * @throws UserError if there is no such level
   */
  static Problem problem(ChainGenerator chains, String name, int level, RandomGenerator rng) {
    if (level < 1 || level > MAX_LEVEL) {
      throw new UserError(
          "generator %s has no level %d: use levels 1 to %d".formatted(name, level, MAX_LEVEL));
    }
    var problem = chains.problem(level, rng);
    return new Problem(problem.prompt(), problem.answer(), problem.answerType(), name, level);
  }

  static ChainOfDigits of(String prompt) {
    var parts = prompt.split(";");
    int steps = parts.length - 2;
    char[] ops = new char[steps + 1];
    int[] operands = new int[steps + 1];
    int[] values = new int[steps + 1];
    values[0] = parts[0].charAt(2) - '0';
    for (int i = 1; i <= steps; i++) {
      ops[i] = parts[i].charAt(1);
      operands[i] = parts[i].charAt(2) - '0';
      values[i] = Mod10.apply(values[i - 1], ops[i], operands[i]);
    }
    return new ChainOfDigits(ops, operands, values);
  }

  static char letter(int i) {
    return (char) ('a' + i);
  }

  int steps() {
    return values.length - 1;
  }

  char op(int i) {
    return ops[i];
  }

  int operand(int i) {
    return operands[i];
  }

  int value(int i) {
    return values[i];
  }
}
