package dev.mirrorspark.curate;

import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** A kind of problem about three numbers, in two wordings. */
public record ProblemTemplate(String wording, String otherWording, ToLongFunction<int[]> solution) {
  public static final List<ProblemTemplate> ALL =
      List.of(
          new ProblemTemplate(
              "A bakery sells %d loaves in the morning and %d loaves in the afternoon. If every"
                  + " loaf costs %d dollars, how many dollars does the bakery take in that day?",
              "In the morning a bakery sells %d loaves and then %d loaves in the afternoon. If each"
                  + " loaf costs %d dollars, how many dollars does the bakery take in on that day?",
              n -> (long) (n[0] + n[1]) * n[2]),
          new ProblemTemplate(
              "Tom had %d marbles. He gave %d marbles to his sister and then found %d marbles in"
                  + " the garden. How many marbles does Tom have now?",
              "Peter had %d marbles. He gave %d marbles to his brother and afterwards found %d"
                  + " marbles in the garden. How many marbles does Peter have now?",
              n -> n[0] - n[1] + n[2]),
          new ProblemTemplate(
              "A train travels at %d miles per hour for %d hours and then stops for %d minutes."
                  + " How many miles does it travel before the stop?",
              "A train is travelling at %d miles per hour for %d hours, then stops for %d minutes."
                  + " How many miles has it travelled before the stop?",
              n -> (long) n[0] * n[1]),
          new ProblemTemplate(
              "What is the remainder when $%d \\cdot %d$ is divided by $%d$?",
              "Find the remainder when the product $%d \\cdot %d$ is divided by $%d$.",
              n -> (long) n[0] * n[1] % n[2]),
          new ProblemTemplate(
              "A rectangular garden is %d meters long and %d meters wide. A fence around it costs"
                  + " %d dollars per meter. What does the whole fence cost, in dollars?",
              "A rectangular garden is %d meters long and %d meters wide. The fence around it costs"
                  + " %d dollars for each meter. How much does the whole fence cost, in dollars?",
              n -> 2L * (n[0] + n[1]) * n[2]),
          new ProblemTemplate(
              "Evaluate the expression $%d + %d \\cdot %d$ without a calculator.",
              "Without using a calculator, evaluate the expression $%d + %d \\cdot %d$.",
              n -> n[0] + (long) n[1] * n[2]),
          new ProblemTemplate(
              "Each of the %d classes of a school has %d students, and %d students are ill today."
                  + " How many students are at school today?",
              "Each of the %d classes in a school has %d students. Today %d students are ill."
                  + " How many students are at school today?",
              n -> (long) n[0] * n[1] - n[2]),
          new ProblemTemplate(
              "Let $f(x) = %dx^2 + %dx + %d$. What is the value of $f(2)$?",
              "Suppose that $f(x) = %dx^2 + %dx + %d$. Compute the value of $f(2)$.",
              n -> 4L * n[0] + 2L * n[1] + n[2]),
          new ProblemTemplate(
              "Maria reads %d pages on Monday, %d pages on Tuesday and %d pages on Wednesday. How"
                  + " many pages does she read on the three days together?",
              "On Monday Maria reads %d pages, %d pages on Tuesday and %d pages on Wednesday. How"
                  + " many pages does she read on these three days together?",
              n -> n[0] + n[1] + n[2]),
          new ProblemTemplate(
              "A tank holds %d liters of water. It leaks %d liters every hour and is refilled with"
                  + " %d liters once. How many liters are in the tank after one hour?",
              "A water tank holds %d liters. It leaks %d liters each hour and is refilled with"
                  + " %d liters once. How many liters are in the tank after one hour?",
              n -> n[0] - n[1] + n[2]));

  /** The problem with its numbers filled in. */
  public String text(int... n) {
    return String.format(Locale.ROOT, wording, n[0], n[1], n[2]);
  }

  /** The same problem in other words. */
  public String reworded(int... n) {
    return String.format(Locale.ROOT, otherWording, n[0], n[1], n[2]);
  }

  /** Its answer. */
  public String answer(int... n) {
    return Long.toString(solution.applyAsLong(n));
  }
}
