package dev.mirrorspark.reward;

import java.util.Optional;

/**
 * Judges by rule whether a response gives the right answer (Kimi k1.5, 2.3.1: r is 0 or 1).
 *
 * <p>A user's own verifier is found through {@link java.util.ServiceLoader} and is asked before the
 * built-in ones. It runs in Spark tasks, one instance a task, and must depend on its arguments
 * alone. Whatever it throws becomes the verdict {@code error}, never a reward of 0.
 */
public interface Verifier {

  /** The value of column {@code verifier}. */
  String name();

  /** Whether this verifier judges problems of that answer type. */
  boolean handles(String answerType);

  /**
   * Judges a response that the policy ended itself.
   *
   * @param answer the problem's right answer
   * @param answerType one that this verifier handles
   * @param response the whole response as text, without special tokens
   * @throws Exception if it cannot judge
   */
  Verdict verify(String answer, String answerType, String response) throws Exception;

  /**
   * The final answer that a response states, written so that answers which are equal are equal
   * texts: what it votes for in maj@k. Empty if it states none. A verifier that finds answers
   * elsewhere than after the last {@code #} or in the last box, or takes different texts for equal,
   * says so here.
   *
   * @param answerType one that this verifier handles
   * @param response a response that the policy ended itself
   */
  default Optional<String> finalAnswer(String answerType, String response) {
    return FinalAnswer.afterHash(response);
  }
}
