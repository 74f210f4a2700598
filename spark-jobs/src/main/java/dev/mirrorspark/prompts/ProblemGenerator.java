package dev.mirrorspark.prompts;

import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Makes reasoning problems with difficulty levels and solves them in a long chain of thought.
 *
 * <p>A user's own generator is found through {@link java.util.ServiceLoader} and named in the run
 * file like the built-in ones. Both methods must depend on their arguments alone, so that the same
 * seed gives the same prompt set. The convention of the built-in generators: a response ends with
 * {@code #} and the final answer, which is all that follows the last {@code #}.
 */
public interface ProblemGenerator {

  /** Every character that the built-in generators' prompts and solutions use. */
  String ALPHABET = "\n #*+,-0123456789;=>?abcdefghijklmnopqrstuvwxyz";

  /** The name by which a run file asks for this generator; also the problems' domain. */
  String name();

  /**
   * A random problem of a level.
   *
   * @throws dev.mirrorspark.config.UserError if this generator has no such level
   */
  Problem problem(int level, RandomGenerator rng);

  /**
   * A chain of thought (plan, try, check, notice a mistake, go back) that ends with a right answer;
   * used only for warm-up examples (Kimi k1.5, 2.2).
   */
  String solve(Problem problem, RandomGenerator rng);

  /**
   * The same problem as text alone, of a problem that is shown as a picture of its text (Kimi k1.5,
   * 2.3: both must be answered alike); empty for all others.
   */
  default Optional<Problem> twin(Problem problem) {
    return Optional.empty();
  }

  /** Whether a final answer is right; here, whether it is the problem's answer to the letter. */
  default boolean accepts(Problem problem, String finalAnswer) {
    return problem.answer().equals(finalAnswer);
  }

  /** What follows the last {@code #} of a response, trimmed; empty without a {@code #}. */
  static String finalAnswer(String response) {
    int hash = response.lastIndexOf('#');
    return hash < 0 ? "" : response.substring(hash + 1).strip();
  }
}
