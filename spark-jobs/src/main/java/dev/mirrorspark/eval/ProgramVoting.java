package dev.mirrorspark.eval;

import dev.mirrorspark.decode.Attempt;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How responses vote that are programs: they state no answer, and two that do the same vote for the
 * same.
 */
public interface ProgramVoting {
  /** Answer types whose responses are programs. */
  Set<String> answerTypes();

  /** Inputs that each program is run on; 0: programs do not vote, and have no maj@k. */
  int inputs();

  /**
   * What the programs vote for, in the order of the responses; equal texts for programs that do the
   * same, empty for one that votes for nothing.
   *
   * @param attempts responses of these answer types that the policy ended itself
   */
  List<Optional<String>> votes(List<Attempt> attempts);
}
