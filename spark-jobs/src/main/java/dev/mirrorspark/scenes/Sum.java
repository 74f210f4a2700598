package dev.mirrorspark.scenes;

import java.util.random.RandomGenerator;

/** A chain of additions and subtractions of digits whose running results are digits too. */
final class Sum {
  private Sum() {}

  /** One with so many signs, such as {@code 4+3-2}. */
  static String random(int signs, RandomGenerator rng) {
    int value = rng.nextInt(10);
    var text = new StringBuilder().append(value);
    for (int i = 0; i < signs; i++) {
      boolean plus = value == 0 || value < 9 && rng.nextBoolean();
      int operand = 1 + rng.nextInt(plus ? 9 - value : value);
      value += plus ? operand : -operand;
      text.append(plus ? '+' : '-').append(operand);
    }
    return text.toString();
  }

  /** The steps, {@code ;4+3=7,7-2=5}. */
  static String steps(String sum) {
    int value = sum.charAt(0) - '0';
    var steps = new StringBuilder();
    for (int i = 1; i < sum.length(); i += 2) {
      int operand = sum.charAt(i + 1) - '0';
      int next = sum.charAt(i) == '+' ? value + operand : value - operand;
      steps.append(i == 1 ? ';' : ',').append(value).append(sum.charAt(i)).append(operand);
      steps.append('=').append(next);
      value = next;
    }
    return steps.toString();
  }

  static int value(String sum) {
    String steps = steps(sum);
    return steps.charAt(steps.length() - 1) - '0';
  }
}
