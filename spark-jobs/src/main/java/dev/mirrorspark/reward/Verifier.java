package dev.mirrorspark.reward;

import dev.mirrorspark.decode.Attempt;
import java.time.Duration;
import java.util.Optional;

/**
 * Judges whether a response gives the right answer (Kimi k1.5, 2.3.1: r is 0 or 1).
 *
 * <p>A user's own verifier is found through {@link java.util.ServiceLoader} and is asked before the
 * built-in ones; a route of the run file ({@code reward.routes}) names one for the problems of an
 * answer type and a domain. It runs in Spark tasks, on a thread with an instance of its own, and
 * must depend on its arguments alone. Whatever it throws, and no verdict within {@code
 * reward.seconds}, becomes the verdict {@code error}, never a reward of 0. One that is {@link
 * AutoCloseable} is closed after the last response of a task.
 */
public interface Verifier {

  /** The value of column {@code verifier}, and the name in a run file. */
  String name();

  /** Whether this verifier judges problems of that answer type. */
  boolean handles(String answerType);

  /** Whether it judges only where a route names it, and not by what it handles. */
  default boolean onlyByRoute() {
    return false;
  }

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
   * The same for a verifier that looks at the problem too.
   *
   * @param attempt of an answer type that this verifier handles, ended by the policy
   * @throws Exception if it cannot judge
   */
  default Verdict verify(Attempt attempt) throws Exception {
    var reference = attempt.reference();
    return verify(reference.answer(), reference.answerType(), attempt.response());
  }

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

  /**
   * The longest judgement of that response, where this verifier ends it in time by itself and has
   * its own verdict on responses that are slow to judge; empty: {@code reward.seconds}.
   */
  default Optional<Duration> limit(Attempt attempt) {
    return Optional.empty();
  }
}
