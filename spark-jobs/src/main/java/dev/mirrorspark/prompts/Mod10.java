package dev.mirrorspark.prompts;

import java.util.random.RandomGenerator;

/** Arithmetic modulo 10 on single digits, as the built-in generators use it. */
final class Mod10 {
  private Mod10() {}

  static int apply(int left, char op, int right) {
    return switch (op) {
      case '+' -> (left + right) % 10;
      case '-' -> (left - right + 10) % 10;
      case '*' -> left * right % 10;
      default -> throw new IllegalArgumentException("no operator: " + op);
    };
  }

  /** A wrong digit in place of a right one: mostly off by one or two, as slips are. */
  static int slip(int right, RandomGenerator rng) {
    int off = rng.nextDouble() < 0.6 ? 1 + rng.nextInt(2) : 3 + rng.nextInt(4);
    return rng.nextBoolean() ? (right + off) % 10 : (right - off + 10) % 10;
  }
}
