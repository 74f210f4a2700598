package dev.mirrorspark.eval;

import dev.mirrorspark.decode.Attempt;
import java.io.Serializable;
import java.util.List;
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

  /** Judges the responses of a task, in their order. */
  List<Judged> judge(List<Attempt> attempts);
}
