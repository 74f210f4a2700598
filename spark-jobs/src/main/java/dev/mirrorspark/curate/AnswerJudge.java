package dev.mirrorspark.curate;

import dev.mirrorspark.decode.Attempt;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/** Judges the tries of a policy, in Spark tasks. */
@FunctionalInterface
public interface AnswerJudge extends Serializable {

  /**
   * Whether the responses of a task give the right answer, in their order; empty where that cannot
   * be judged.
   */
  List<Optional<Boolean>> correct(List<Attempt> attempts);
}
