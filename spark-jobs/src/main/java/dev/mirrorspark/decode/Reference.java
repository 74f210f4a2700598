package dev.mirrorspark.decode;

import java.io.Serializable;

/**
 * What the judge of a response needs of the problem.
 *
 * @param promptId the problem, see table {@code prompts}
 * @param domain its subject
 * @param problem its text, as in the table
 * @param answer its right answer
 * @param answerType how answers compare, as in the table
 */
public record Reference(
    String promptId, String domain, String problem, String answer, String answerType)
    implements Serializable {}
