package dev.mirrorspark.prompts;

import dev.mirrorspark.vision.PictureFile;

/**
 * A generated reasoning problem.
 *
 * @param prompt what the policy reads; ends with the character that separates it from the response
 * @param answer what a verifier of this answer type needs to judge a response
 * @param answerType how an answer is compared, for example {@code integer}
 * @param domain kind of problem, for evaluations by domain
 * @param level difficulty; what it counts is the generator's to say
 * @param picture what the prompt shows, {@link PictureFile#NONE} where it is text alone
 */
public record Problem(
    String prompt,
    String answer,
    String answerType,
    String domain,
    int level,
    PictureFile picture) {

  /** A problem of text alone. */
  public Problem(String prompt, String answer, String answerType, String domain, int level) {
    this(prompt, answer, answerType, domain, level, PictureFile.NONE);
  }
}
