package dev.mirrorspark.reward;

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
}
