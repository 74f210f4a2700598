package dev.mirrorspark.rewardmodel;

import java.util.Optional;

/**
 * Worked examples for the warm-up of a judge: what it reads, and the reasoning and verdict that it
 * should write. The rule copies the right answer, then the final answer of the response with the
 * mark that stands before it, says whether they are the same, and ends with the verdict, which is
 * the verifier's:
 *
 * <pre>right 7;stated #3;different;{"correct": false}</pre>
 */
public final class JudgeExamples {
  /** Stands where a response states no final answer. */
  private static final String NONE = "none";

  /** Before the final answer, in the built-in problems' responses and so in the reasoning. */
  private static final String MARK = "#";

  private JudgeExamples() {}

  /**
   * One example.
   *
   * @param text the filled template
   * @param solution reasoning and verdict
   */
  public record Example(String text, String solution, boolean correct) {}

  /**
   * The example of a triple.
   *
   * @param stated the final answer of its response, if it states one
   */
  public static Example of(LabelledTriple labelled, String template, Optional<String> stated) {
    var triple = labelled.triple();
    boolean correct = labelled.correct();
    String solution =
        "right %s;stated %s;%s;{\"correct\": %b}"
            .formatted(
                triple.reference().strip(),
                stated.map(MARK::concat).orElse(NONE),
                correct ? "same" : "different",
                correct);
    return new Example(triple.in(template), solution, correct);
  }
}
