package dev.mirrorspark.eval;

import java.io.Serializable;
import java.util.Optional;

/** Judges the responses of an evaluation, in Spark tasks. */
@FunctionalInterface
public interface AnswerCheck extends Serializable {

  /**
   * A judgement.
   *
   * @param correct whether the response gives the right answer; empty where that cannot be judged
   * @param answer the final answer that it states, written so that equal answers are equal texts
   */
  record Judged(Optional<Boolean> correct, Optional<String> answer) {}

  /**
   * Judges a response.
   *
   * @param answer the problem's right answer
   * @param answerType how answers compare, as in table {@code prompts}
   * @param response the response as text
   * @param ended whether the policy ended it; if not, it was cut by length
   */
  Judged judge(String answer, String answerType, String response, boolean ended);
}
