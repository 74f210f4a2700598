package dev.mirrorspark.reward;

import java.util.regex.Pattern;

/**
 * Judges problems of answer type {@code operators}: the answer is an equation such as {@code 3 5 2
 * 8=4}, the final answer one of + − * between each two digits, such as {@code +-+}, and it is
 * correct if they give the target, read from left to right modulo 10. Any such operators do.
 */
public final class OperatorsVerifier implements Verifier {
  private static final Pattern EQUATION = Pattern.compile("(\\d(?: \\d)+)=(\\d)");

  @Override
  public String name() {
    return "operators";
  }

  @Override
  public boolean handles(String answerType) {
    return answerType.equals("operators");
  }

  @Override
  public Verdict verify(String answer, String answerType, String response) {
    var equation = EQUATION.matcher(answer.strip());
    if (!equation.matches()) {
      return Verdict.error("the problem's answer '" + answer + "' is not an equation of digits");
    }
    int[] digits = equation.group(1).replace(" ", "").chars().map(c -> c - '0').toArray();
    int target = equation.group(2).charAt(0) - '0';
    return FinalAnswer.afterHash(response)
        .map(stated -> Verdict.of(reaches(digits, stated, target), "final answer " + stated))
        .orElseGet(() -> Verdict.of(false, "no final answer"));
  }

  private static boolean reaches(int[] digits, String operators, int target) {
    if (!operators.matches("[-+*]{" + (digits.length - 1) + "}")) {
      return false;
    }
    int total = digits[0];
    for (int i = 1; i < digits.length; i++) {
      int value =
          switch (operators.charAt(i - 1)) {
            case '+' -> total + digits[i];
            case '-' -> total - digits[i];
            default -> total * digits[i];
          };
      total = Math.floorMod(value, 10);
    }
    return total == target;
  }
}
