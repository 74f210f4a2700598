package dev.mirrorspark.curate;

import java.io.Serializable;
import java.util.Optional;

/** Judges the tries of a policy, in Spark tasks. */
@FunctionalInterface
public interface AnswerJudge extends Serializable {

  /**
   * Whether a response gives the right answer; empty where that cannot be judged.
   *
   * @param answer the problem's right answer
   * @param answerType how answers compare, as in table {@code prompts}
   * @param response the response as text
   * @param ended whether the policy ended it; if not, it was cut by length
   */
  Optional<Boolean> correct(String answer, String answerType, String response, boolean ended);
}
