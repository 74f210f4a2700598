package dev.mirrorspark.prompts;

import dev.mirrorspark.config.UserError;
import java.util.random.RandomGenerator;

/**
 * Find the operators: {@code 3 5 2 8=4>} asks for + − * between the digits so that, read from left
 * to right modulo 10, they give the target; any operators that do are right ({@code #+-+}).
 *
 * <p>The level is the number of operators. The solver first plans from the end: which totals before
 * the last digit would do, by operator ({@code +6-2*38;}). Then it tries operators for the digits
 * before it, one try after another with running totals ({@code 3+5=8,8+2=0 no;}), going back after
 * each dead end, until a total is in the plan.
 */
public final class SearchGenerator implements ProblemGenerator {
  /** The answer type of these problems: operators that make the answer column's equation true. */
  public static final String ANSWER_TYPE = "operators";

  private static final int MIN_LEVEL = 2;
  private static final int MAX_LEVEL = 6;
  private static final int MAX_SOLUTION = 180;
  private static final double SLIP_RATE = 0.05;
  private static final double CHECK_RATE = 0.15;
  private static final double USUAL_ORDER_RATE = 0.6;
  private static final double HUNCH_RATE = 0.25;
  private static final String OPERATORS = "+-*";

  @Override
  public String name() {
    return "search";
  }

  @Override
  public Problem problem(int level, RandomGenerator rng) {
    if (level < MIN_LEVEL || level > MAX_LEVEL) {
      throw new UserError(
          "generator search has no level %d: use levels %d to %d"
              .formatted(level, MIN_LEVEL, MAX_LEVEL));
    }
    int total = 1 + rng.nextInt(9);
    var text = new StringBuilder().append(total);
    for (int i = 0; i < level; i++) {
      int digit = 1 + rng.nextInt(9);
      total = Mod10.apply(total, OPERATORS.charAt(rng.nextInt(3)), digit);
      text.append(' ').append(digit);
    }
    var equation = text.append('=').append(total).toString();
    return new Problem(equation + ">", equation, ANSWER_TYPE, name(), level);
  }

  /**
   * Whether operators make an equation such as {@code 3 5 2 8=4} true, from left to right modulo
   * 10.
   *
   * @param operators one of + − * between each two digits; anything else is false
   * @throws IllegalArgumentException if the equation is not one
   */
  public static boolean holds(String equation, String operators) {
    if (!equation.matches("\\d( \\d)+=\\d>?")) {
      throw new IllegalArgumentException("not an equation of single digits: " + equation);
    }
    int equals = equation.indexOf('=');
    var digits = equation.substring(0, equals).replace(" ", "");
    if (!operators.matches("[-+*]{" + (digits.length() - 1) + "}")) {
      return false;
    }
    int total = digits.charAt(0) - '0';
    for (int i = 1; i < digits.length(); i++) {
      total = Mod10.apply(total, operators.charAt(i - 1), digits.charAt(i) - '0');
    }
    return total == equation.charAt(equals + 1) - '0';
  }

  @Override
  public boolean accepts(Problem problem, String finalAnswer) {
    return holds(problem.answer(), finalAnswer);
  }

  /** {@inheritDoc} Never longer than 180 characters: an order that leads further is given up. */
  @Override
  public String solve(Problem problem, RandomGenerator rng) {
    var equation = problem.answer();
    int equals = equation.indexOf('=');
    var digits = equation.substring(0, equals).replace(" ", "").chars().map(c -> c - '0').toArray();
    int target = equation.charAt(equals + 1) - '0';
    for (int attempt = 0; ; attempt++) {
      var solution =
          new Search(digits, target, attempt < 100 ? HUNCH_RATE : 1, rng, new StringBuilder())
              .run();
      if (solution.length() <= MAX_SOLUTION) {
        return solution;
      }
    }
  }

  /** One search: the digits, the target and the text written so far. */
  private record Search(
      int[] digits, int target, double hunchRate, RandomGenerator rng, StringBuilder out) {

    String run() {
      for (char op : OPERATORS.toCharArray()) {
        boolean named = false;
        for (int total = 0; total < 10; total++) {
          if (Mod10.apply(total, op, digits[digits.length - 1]) == target) {
            if (!named) {
              out.append(op);
              named = true;
            }
            out.append(total);
          }
        }
      }
      out.append(';');
      if (!descend("", digits[0])) {
        throw new IllegalStateException("no operators reach the target " + target);
      }
      return out.toString();
    }

    /** Tries all operators after {@code chosen}, depth first; true once the answer is written. */
    private boolean descend(String chosen, int total) {
      int place = chosen.length() + 1;
      if (place < digits.length - 1) {
        for (char op : order(total, place).toCharArray()) {
          if (descend(chosen + op, Mod10.apply(total, op, digits[place]))) {
            return true;
          }
        }
        return false;
      }
      write(chosen, true);
      for (char op : OPERATORS.toCharArray()) {
        if (Mod10.apply(total, op, digits[place]) == target) {
          step(out.append(','), total, op, digits[place], true);
          var answer = chosen + op;
          if (rng.nextDouble() < CHECK_RATE) {
            out.append(" check ");
            write(answer, false);
            out.append(" ok");
          }
          out.append('#').append(answer);
          return true;
        }
      }
      out.append(" no;");
      return false;
    }

    /** Writes the running totals of the operators: {@code 3+5=8,8+2=0}. */
    private void write(String operators, boolean maySlip) {
      int total = digits[0];
      for (int i = 0; i < operators.length(); i++) {
        if (i > 0) {
          out.append(',');
        }
        total = step(out, total, operators.charAt(i), digits[i + 1], maySlip);
      }
    }

    private int step(StringBuilder text, int left, char op, int right, boolean maySlip) {
      int value = Mod10.apply(left, op, right);
      text.append(left).append(op).append(right).append('=');
      if (maySlip && rng.nextDouble() < SLIP_RATE) {
        text.append(Mod10.slip(value, rng)).append(" wait ");
        text.append(left).append(op).append(right).append('=');
      }
      text.append(value);
      return value;
    }

    /** The order in which operators are tried here: the usual one or a whim; a hunch goes first. */
    private String order(int total, int place) {
      var ops = OPERATORS;
      if (rng.nextDouble() >= USUAL_ORDER_RATE) {
        int first = rng.nextInt(3);
        var rest = ops.substring(0, first) + ops.substring(first + 1);
        if (rng.nextBoolean()) {
          rest = new StringBuilder(rest).reverse().toString();
        }
        ops = ops.charAt(first) + rest;
      }
      if (rng.nextDouble() < hunchRate) {
        for (char op : ops.toCharArray()) {
          if (reaches(Mod10.apply(total, op, digits[place]), place + 1)) {
            return op + ops.replace(String.valueOf(op), "");
          }
        }
      }
      return ops;
    }

    private boolean reaches(int total, int place) {
      if (place == digits.length) {
        return total == target;
      }
      return OPERATORS
          .chars()
          .anyMatch(op -> reaches(Mod10.apply(total, (char) op, digits[place]), place + 1));
    }
  }
}
