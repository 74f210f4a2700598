package dev.mirrorspark.decode;

/**
 * A policy's response to a problem, to be judged.
 *
 * @param sample index of the response among those to the problem, from 0
 * @param response the whole response as text, without special tokens
 * @param stopReason why it ended; unless the policy ended it, it states no final answer
 */
public record Attempt(Reference reference, int sample, String response, StopReason stopReason) {
  /** A response to a problem of which nothing but the right answer is known. */
  public static Attempt alone(String answer, String answerType, String response) {
    var problem = new Reference("", "", "", answer, answerType);
    return new Attempt(problem, 0, response, StopReason.STOP);
  }
}
