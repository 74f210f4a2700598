package dev.mirrorspark.testgen;

import java.io.Serializable;
import java.util.List;

/**
 * A programming problem without test cases.
 *
 * @param id unique among all problems of a run
 * @param submissions programs that are taken to solve it, as many as are run
 * @param generators programs that print an input, in the order in which they are tried; empty: none
 * @param specialJudge whether outputs cannot be compared, since several are right
 * @param domain subject, as in table {@code prompts}
 * @param level difficulty within the domain, 0 where unknown
 * @param place file and line
 */
public record CodingProblem(
    String id,
    String question,
    List<Source> submissions,
    List<Draft> generators,
    boolean specialJudge,
    String domain,
    int level,
    String place)
    implements Serializable {

  public CodingProblem {
    submissions = List.copyOf(submissions);
    generators = List.copyOf(generators);
  }

  /**
   * A generator.
   *
   * @param number of the policy's response that it stood in, from 0; 0 for a problem's own
   */
  public record Draft(int number, Source source) implements Serializable {}

  /** The same problem with other generators. */
  public CodingProblem with(List<Draft> others) {
    return new CodingProblem(id, question, submissions, others, specialJudge, domain, level, place);
  }
}
