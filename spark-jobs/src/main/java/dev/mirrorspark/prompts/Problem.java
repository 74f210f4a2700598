package dev.mirrorspark.prompts;

/**
 * A generated reasoning problem.
 *
 * @param prompt what the policy reads; ends with the character that separates it from the response
 * @param answer what a verifier of this answer type needs to judge a response
 * @param answerType how an answer is compared, for example {@code integer}
 * @param domain kind of problem, for evaluations by domain
 * @param level difficulty; what it counts is the generator's to say
 */
public record Problem(String prompt, String answer, String answerType, String domain, int level) {}
